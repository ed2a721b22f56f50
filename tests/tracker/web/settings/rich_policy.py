"""A policy that says everything the law reads, for the pages to hand on."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from governance.policy import DEFAULT_RULES


def rich_rules() -> dict[str, Any]:
    rules = deepcopy(DEFAULT_RULES)
    rules["assignment"] = "round_robin"
    rules["controls"] = {
        "logging": {"title": "Logging", "question": "", "evidence": [], "references": []},
        "oversight": {
            "title": "Human oversight",
            "question": "Who may stop it?\nAnd how?",
            "evidence": ["document"],
            "references": [{"framework": "eu-ai-act", "clause": "Article 14(4)"}],
        },
    }
    rules |= {"load_limit": 3, "handover_days": "2", "snooze_hours": 12, "pausing": ["waiting_vendor", "unheard_of"]}
    rules["alerts"] = {"stage": {"breached": ["lead", "owner"]}, "vacancy": {"open": [], "at_risk": ["lead"]}}
    high = rules["tiers"]["high"]
    high["brief"] |= {"gate": "warn", "controls": ["oversight"], "evidence": ["document"]}
    high["validation"]["controls"] = ["oversight", "logging"]
    high["deployment"] |= {"owner": "previous_owner", "skills": ["serving", "pipeline"]}
    high["deployment"] |= {"evidence": ["security_scan"], "controls": ["logging"]}
    high["compliance_review"] |= {
        "approvers": [{"group": "legal", "quorum": 1}, {"group": "compliance-officers", "quorum": 2}],
        "feedback": ["legal", "works-council"],
        "team_mates_may_approve": True,
        "validity_months": 12,
        "sign_again": True,
    }
    return rules
