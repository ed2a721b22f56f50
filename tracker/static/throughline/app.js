/* Page behaviour. Every page works without this file: it saves reloads, moves the focus and reads the keyboard.
   No inline code anywhere: elements say what they want with data-* attributes. */
(() => {
  'use strict';
  const root = document.documentElement;
  const $ = (s, el = document) => el.querySelector(s);
  const $$ = (s, el = document) => [...el.querySelectorAll(s)];
  const store = (name, value) => {
    const secure = location.protocol === 'https:' ? '; secure' : '';
    document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax${secure}`;
  };
  root.classList.add('js');

  /* 1. Light and dark ---------------------------------------------------- */
  const system = matchMedia('(prefers-color-scheme: dark)');
  const dark = () => (root.dataset.bsTheme ? root.dataset.bsTheme === 'dark' : system.matches);
  const repaint = () => document.dispatchEvent(new CustomEvent('throughline:theme'));
  system.addEventListener('change', repaint);
  $$('[data-theme-form]').forEach((form) => form.addEventListener('submit', (e) => {
    e.preventDefault();
    root.dataset.bsTheme = dark() ? 'light' : 'dark';
    store('theme', root.dataset.bsTheme);
    repaint();
  }));

  /* 2. Toasts ------------------------------------------------------------ */
  const fade = (toast) => setTimeout(() => { if (!toast.matches(':hover, :focus-within')) toast.remove(); else fade(toast); }, 6000);
  $$('[data-toast]').forEach(fade);
  const say = (text) => {
    const box = $('#toasts');
    if (!box) return;
    const toast = document.createElement('div');
    toast.className = 'toast-x';
    toast.textContent = text;
    box.append(toast);
    fade(toast);
  };

  /* 3. Dialogs: a link to a page with one form, shown over this page ------ */
  const host = $('#dialog-host');
  let opener = null;
  const focusFirst = (box) => {
    const first = $('[data-focus]', box) || $('[autofocus]', box) || $('input:not([type=hidden]), select, textarea, .btn-primary', box);
    first?.focus();
  };
  const openDialog = (link) => {
    opener = link;
    $('#dialog-notices').replaceChildren();
    window.htmx.ajax('GET', link.href, { target: '#dialog', swap: 'innerHTML', source: link })
      .catch(() => { location.href = link.href; });
  };
  const dressDialog = () => {
    $$('#dialog form[method=post]:not([hx-post])').forEach((form) => {
      form.setAttribute('hx-post', form.getAttribute('action'));
      form.setAttribute('hx-target', '#dialog');
      if (form.enctype === 'multipart/form-data') form.setAttribute('hx-encoding', 'multipart/form-data');
      window.htmx.process(form);
    });
    if (!$('#dialog').children.length) return;
    if (!host.open) host.showModal();
    focusFirst($('#dialog'));
  };
  host?.addEventListener('close', () => { $('#dialog').replaceChildren(); opener?.focus(); opener = null; });

  document.addEventListener('click', (e) => {
    if (e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey) return;
    const link = e.target.closest('a[data-dialog]');
    if (link && host && window.htmx) { e.preventDefault(); openDialog(link); return; }
    const closer = e.target.closest('[data-close]');
    const box = closer?.closest('dialog');
    if (box) { e.preventDefault(); box.close(); return; }
    if (e.target.closest('[data-keys]')) { e.preventDefault(); $('#keys')?.showModal(); return; }
    if (e.target.closest('[data-dismiss]')) { e.target.closest('.toast-x')?.remove(); return; }
    if (e.target.closest('[data-back]')) { history.back(); return; }
    const copy = e.target.closest('[data-copy]');
    if (copy) { navigator.clipboard?.writeText(copy.dataset.copy).then(() => say('Copied')); return; }
    const expand = e.target.closest('[data-expand]');
    if (expand) {
      const all = $$('details', $(expand.dataset.expand) || document);
      const open = all.some((d) => !d.open);
      all.forEach((d) => { d.open = open; });
      expand.textContent = open ? 'Collapse all' : 'Expand all';
    }
    $$('details.more[open], details.me-menu[open], details.ver[open]').forEach((d) => { if (!d.contains(e.target)) d.open = false; });
  });
  /* A click on the backdrop closes, a click that only began inside does not. */
  $$('dialog.dlg').forEach((d) => d.addEventListener('mousedown', (e) => { if (e.target === d) d.close(); }));

  /* 4. Forms: one press, one request -------------------------------------- */
  const busy = (form, submitter) => {
    $$('button[type=submit]', form).forEach((b) => {
      b.setAttribute('aria-busy', 'true');
      b.disabled = true;
      if (b === submitter && b.dataset.busy) { b.dataset.label = b.innerHTML; b.textContent = b.dataset.busy; }
    });
  };
  const ready = (form) => $$('button[aria-busy]', form).forEach((b) => {
    b.removeAttribute('aria-busy');
    b.disabled = false;
    if (b.dataset.label) { b.innerHTML = b.dataset.label; delete b.dataset.label; }
  });
  document.addEventListener('submit', (e) => {
    const form = e.target;
    if (e.defaultPrevented && !form.hasAttribute('hx-post')) return;
    /* After the browser has read the form: a disabled button would lose its name and value. */
    if (form.matches('[data-guard]')) setTimeout(() => busy(form, e.submitter));
  });
  addEventListener('pageshow', (e) => { if (e.persisted) $$('form[data-guard]').forEach(ready); });
  document.addEventListener('change', (e) => {
    const form = e.target.closest('form[data-autosubmit]');
    if (form && e.target.matches('select, input[type=checkbox], input[type=radio]')) form.requestSubmit();
  });
  /* A filter left empty has no place in the address. */
  document.addEventListener('submit', (e) => {
    if (e.target.method !== 'get') return;
    $$('input[name], select[name]', e.target).forEach((field) => { if (!field.value) field.disabled = true; });
    setTimeout(() => $$(':disabled', e.target).forEach((field) => { field.disabled = false; }), 400);
  });

  /* 5. htmx ---------------------------------------------------------------- */
  document.addEventListener('htmx:beforeRequest', (e) => {
    const polled = e.detail.requestConfig.triggeringEvent == null && e.detail.elt.getAttribute('hx-trigger')?.includes('every');
    if (document.hidden && polled) e.preventDefault();
  });
  document.addEventListener('htmx:afterRequest', (e) => { if (e.detail.elt.matches?.('form')) ready(e.detail.elt); });
  document.addEventListener('htmx:afterSettle', (e) => {
    if (e.detail.target?.id === 'dialog') dressDialog();
    else {
      const summary = $('[data-focus]', e.detail.elt);
      if (summary) summary.focus();
    }
    dress(e.detail.elt);
  });
  const failed = () => {
    const note = document.createElement('div');
    note.className = 'note note-breach note-top';
    note.setAttribute('role', 'alert');
    note.textContent = 'The server did not answer. Nothing changed; what is on this page is still what it was.';
    (host?.open ? $('#dialog-notices') : $('#notices'))?.replaceChildren(note);
  };
  document.addEventListener('htmx:sendError', failed);
  document.addEventListener('htmx:responseError', failed);
  document.addEventListener('htmx:timeout', failed);
  const offline = () => { root.classList.toggle('is-offline', !navigator.onLine); };
  addEventListener('online', offline);
  addEventListener('offline', offline);

  /* 6. Keyboard ------------------------------------------------------------ */
  const typing = (el) => el.matches('input:not([type=checkbox], [type=radio], [type=submit]), textarea, select, [contenteditable]');
  const letters = () => root.dataset.letters !== 'off';
  const rows = () => $$('[data-rows] > *').filter((row) => !row.matches('.grp') && row.offsetParent !== null);
  const selected = () => $('[data-rows] > .is-sel');
  let gone = 0;
  const go = (key) => {
    const link = key === 'n' ? $('.top a[aria-label^=Inbox]') : $(`[data-go="${CSS.escape(key)}"]`);
    if (link) link.click();
  };
  const move = (step) => {
    const all = rows();
    if (!all.length) return;
    const now = all.indexOf(selected());
    const next = all[Math.min(Math.max(now + step, 0), all.length - 1)];
    all.forEach((row) => row.classList.remove('is-sel'));
    next.classList.add('is-sel');
    const link = $('[data-open]', next) || $('a', next);
    link?.focus({ preventScroll: true });
    next.scrollIntoView({ block: 'nearest' });
  };
  const press = (key) => {
    const button = $(`[data-key="${CSS.escape(key)}"]`, selected() || document) || $(`main [data-key="${CSS.escape(key)}"]`);
    if (!button || button.disabled) return false;
    button.click();
    if (button.matches('input')) ($('textarea', button.form) || button).focus();
    return true;
  };
  document.addEventListener('keydown', (e) => {
    if (e.defaultPrevented || e.isComposing) return;
    if ((e.ctrlKey || e.metaKey) && e.key === 'Enter') {
      e.target.closest('form')?.requestSubmit($('button[type=submit]:not([formnovalidate])', e.target.closest('form')));
      return;
    }
    if (e.ctrlKey || e.metaKey || e.altKey || typing(e.target)) return;
    if ($('dialog[open]') || !letters()) return;
    const key = e.key.toLowerCase();
    if (Date.now() - gone < 1200 && key.length === 1) { gone = 0; e.preventDefault(); go(key); return; }
    if (e.key === '/') { e.preventDefault(); $('#q')?.focus(); }
    else if (e.key === '?') { e.preventDefault(); $('#keys')?.showModal(); }
    else if (key === 'g') gone = Date.now();
    else if (key === 'j') move(1);
    else if (key === 'k') move(-1);
    else if (key.length === 1 && press(key)) e.preventDefault();
  });
  document.addEventListener('focusin', (e) => {
    const row = e.target.closest('[data-rows] > *');
    if (row && row !== selected()) { rows().forEach((r) => r.classList.remove('is-sel')); row.classList.add('is-sel'); }
  });

  /* 7. Parts that a swap may bring in --------------------------------------- */
  const decisions = (box) => $$('form[data-decision]', box).forEach((form) => {
    const picks = [...form.elements].filter((field) => field.name === 'pick');
    const sync = () => {
      const chosen = $('input[name=outcome]:checked, input[name=decision]:checked', form);
      $$('[data-for]', form).forEach((el) => { el.hidden = !chosen || !el.dataset.for.split(' ').includes(chosen.value); });
      const button = $('[type=submit]:not([formnovalidate])', form);
      const reason = $('textarea', form);
      const least = Number(reason?.dataset.min || form.dataset.min || 0);
      const conditions = $$('[data-condition]', form).filter((row) => $('input[name$=title]', row).value.trim());
      const counted = conditions.length && chosen?.dataset.labelN?.replace('#', conditions.length === 1 ? '1 condition' : `${conditions.length} conditions`);
      button.textContent = counted || chosen?.dataset.label || (chosen ? button.dataset.label0 : 'Choose a decision');
      const approves = chosen?.value.startsWith('approve');
      const about = conditions.map((row) => $('select[name$=control]', row).value);
      const shut = ($('[data-shut]', form)?.dataset.shut || '').split(' ').filter(Boolean)
        .filter((code) => !(code[0] === '?' && chosen?.value === 'approve_with_conditions' && about.includes(code.slice(1))));
      const missing = [
        !chosen && 'Choose a decision.',
        reason && reason.value.trim().length < least && `The reason needs ${least - reason.value.trim().length} more characters.`,
        chosen?.value === 'approve_with_conditions' && !conditions.length && 'Name at least one condition.',
        approves && shut.length > 0 && `${shut.length} ${shut.length === 1 ? 'control does' : 'controls do'} not hold yet.`,
        approves && $('[data-wait]', form) && 'Feedback is still awaited.',
      ].filter(Boolean);
      const why = $('[data-why]', form);
      if (why) {
        why.replaceChildren(...missing.map((text) => Object.assign(document.createElement('li'), { textContent: text })));
        button.disabled = missing.length > 0;
        return;
      }
      button.disabled = !chosen || (reason && reason.value.trim().length < least) || (picks.length > 0 && !picks.some((pick) => pick.checked));
    };
    picks.forEach((pick) => pick.addEventListener('change', sync));
    const send = $('[type=submit]:not([formnovalidate])', form);
    send.dataset.label0 = send.textContent;
    form.addEventListener('input', sync);
    sync();
  });
  const editors = (box) => $$('[data-editor]', box).forEach((editor) => {
    const text = $('textarea', editor);
    const gutter = $('.ed-n', editor);
    if (!text || !gutter) return;
    const wrong = Number(editor.dataset.line || 0);
    const number = () => {
      const count = Math.max(text.value.split('\n').length, text.rows);
      gutter.replaceChildren(...Array.from({ length: Math.min(count, 5000) }, (_, i) => {
        const line = document.createElement(i + 1 === wrong ? 'mark' : 'span');
        line.textContent = `${i + 1}\n`;
        return line;
      }));
      gutter.scrollTop = text.scrollTop;
    };
    text.addEventListener('input', number);
    text.addEventListener('scroll', () => { gutter.scrollTop = text.scrollTop; });
    new ResizeObserver(() => { gutter.style.height = `${text.offsetHeight}px`; number(); }).observe(text);
  });
  /* A table that scrolls sideways is reachable by keyboard and named by its caption. */
  const scrollers = (box) => $$('.tbl-x, .tbl-wrap', box).forEach((el) => {
    if (el.scrollWidth > el.clientWidth + 1) {
      el.tabIndex = 0;
      el.setAttribute('role', 'group');
      el.setAttribute('aria-label', $('caption', el)?.textContent || 'Table');
    } else ['tabindex', 'role', 'aria-label'].forEach((name) => el.removeAttribute(name));
  });
  const dress = (box) => { decisions(box); editors(box); scrollers(box.parentElement || document); };
  dress(document.body);
  addEventListener('resize', () => scrollers(document));
  document.addEventListener('toggle', () => scrollers(document), true);
  $('[data-focus]')?.focus();
})();
