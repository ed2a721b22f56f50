"""What the name of a column hints at, in English, German, French, Spanish, Italian, Dutch, Polish and Portuguese."""

import re
import unicodedata
from typing import Final

from models_registry.requirements.classification.clues import Clue
from models_registry.vocabulary import DataClass

_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NO_WORD: Final = re.compile(r"[^a-z0-9]+")
_SPECIAL = DataClass.SPECIAL_CATEGORY

_CLUES: Final[tuple[tuple[Clue, str], ...]] = (
    (
        Clue(DataClass.CREDENTIAL, 95, "passwords or keys"),
        "password|passwd|pwd|passphrase|passwort|kennwort|mot de passe|contrasena|clave acceso|wachtwoord|"
        "haslo|senha|secret|api key|access key|private key|access token|auth token|refresh token|"
        "session token|otp|pin code|cvv|cvc",
    ),
    (
        Clue(_SPECIAL, 90, "health data (GDPR, Article 9)"),
        "diagnosis|diagnose|diagnostic|icd|icd10|disease|illness|medication|prescription|allergy|disability|"
        "health|gesundheit|krankheit|behinderung|medikament|sante|maladie|handicap|salud|enfermedad|salute|"
        "malattia|gezondheid|ziekte|zdrowie|choroba|saude|doenca|blood group|blood type|pregnant|pregnancy",
    ),
    (
        Clue(_SPECIAL, 90, "beliefs or memberships (GDPR, Article 9)"),
        "religion|religious|konfession|glaube|geloof|wyznanie|religione|religiao|political|politics|partei|"
        "parti politique|trade union|union member|gewerkschaft|syndicat|sindicato|sindacato|vakbond",
    ),
    (
        Clue(_SPECIAL, 85, "origin, sexuality or the body (GDPR, Article 9)"),
        "ethnicity|ethnic|ethnie|etnia|race|racial|sexual orientation|sexuality|sexuelle orientierung|"
        "biometric|fingerprint|fingerabdruck|face embedding|iris scan|genetic|genome|dna",
    ),
    (
        Clue(DataClass.FINANCIAL, 95, "account or card numbers"),
        "iban|bic|swift|account number|account no|acct no|bank account|kontonummer|konto nr|numero compte|"
        "numero cuenta|numero conto|rekeningnummer|numer konta|card number|card no|credit card|kreditkarte|"
        "carte credit|pan",
    ),
    (
        Clue(DataClass.FINANCIAL, 85, "income, wealth or tax"),
        "salary|wage|income|gehalt|lohn|einkommen|salaire|revenu|salario|sueldo|ingresos|stipendio|reddito|"
        "inkomen|loon|salaris|zarobki|wynagrodzenie|dochod|salario bruto|renda|net worth|credit score|"
        "credit limit|tax number|tax id|steuernummer|ust id|vat|vat id|vat number|numero tva|partita iva|"
        "balance|kontostand",
    ),
    (
        Clue(DataClass.PERSONAL, 95, "e-mail addresses"),
        "email|e mail|mail|mail address|courriel|correo|correo electronico|email adresse|posta elettronica",
    ),
    (
        Clue(DataClass.PERSONAL, 90, "phone numbers"),
        "phone|telephone|mobile|cell|cellphone|msisdn|fax|telefon|handy|mobilnummer|portable|telefono|movil|"
        "cellulare|telefoon|komorka|telefone|telemovel|phone number",
    ),
    (
        Clue(DataClass.PERSONAL, 90, "names of people"),
        "first name|last name|surname|given name|family name|full name|middle name|maiden name|forename|"
        "vorname|nachname|familienname|prenom|nom|nom famille|nombre|apellido|apellidos|nome|cognome|"
        "voornaam|achternaam|imie|nazwisko|sobrenome|customer name|patient name|employee name|fname|lname",
    ),
    (
        Clue(DataClass.PERSONAL, 95, "national identity numbers"),
        "ssn|social security|social security number|bsn|nir|numero securite sociale|pesel|dni|nie|nif|"
        "codice fiscale|national id|identity number|id card|passport|passport number|ausweis|personalausweis|"
        "reisepass|passeport|pasaporte|personnummer|cpr|nino|sozialversicherungsnummer|rijksregisternummer|"
        "cpf|driving licence|driver license",
    ),
    (
        Clue(DataClass.PERSONAL, 85, "addresses"),
        "address|street|house number|adresse|strasse|hausnummer|rue|calle|direccion|via|indirizzo|straat|"
        "huisnummer|ulica|adres|rua|endereco|morada|addr",
    ),
    (
        Clue(DataClass.PERSONAL, 90, "dates of birth"),
        "birth date|birthdate|date of birth|dob|birthday|geburtsdatum|geburtstag|date naissance|"
        "fecha nacimiento|data nascita|geboortedatum|data urodzenia|data nascimento",
    ),
    (
        Clue(DataClass.PERSONAL, 80, "addresses on the network or of a device"),
        "ip|ip address|ip addr|client ip|remote addr|mac address|imei|imsi|device id|advertising id|idfa|"
        "gaid|cookie|cookie id|user agent",
    ),
    (
        Clue(DataClass.PERSONAL, 75, "places where people are"),
        "latitude|longitude|lat|lon|lng|gps|geo location|geolocation|licence plate|license plate|kennzeichen|"
        "plate number",
    ),
    (
        Clue(DataClass.PERSONAL, 65, "keys that single out a person"),
        "user id|customer id|client id|patient id|employee id|member id|person id|subscriber id|"
        "policy holder|kundennummer|kunden id|personalnummer|numero client|id cliente|klantnummer|user name|"
        "username|login",
    ),
    (
        Clue(DataClass.QUASI_IDENTIFIER, 85, "postcodes"),
        "postcode|postal code|zip|zip code|plz|postleitzahl|code postal|codigo postal|cap|kod pocztowy|cep",
    ),
    (
        Clue(DataClass.QUASI_IDENTIFIER, 85, "years of birth or ages"),
        "birth year|year of birth|yob|geburtsjahr|annee naissance|ano nacimiento|anno nascita|geboortejaar|"
        "rok urodzenia|age|age band|alter|altersgruppe|edad|eta|leeftijd|wiek|idade",
    ),
    (
        Clue(DataClass.QUASI_IDENTIFIER, 85, "gender"),
        "gender|sex|geschlecht|sexe|genre|sexo|genero|sesso|genere|geslacht|plec",
    ),
    (
        Clue(DataClass.QUASI_IDENTIFIER, 65, "traits that single people out together"),
        "nationality|citizenship|nationalitaet|nationalite|nacionalidad|nazionalita|nationaliteit|"
        "obywatelstwo|occupation|profession|job title|beruf|marital status|familienstand|etat civil|"
        "estado civil|education|city|town|wohnort|ville|ciudad|citta|miasto|hire date",
    ),
    (
        Clue(DataClass.PERSONAL, 45, "free text, which can hold anything about anybody"),
        "comment|comments|note|notes|remarks|message|description|free text|freitext|bemerkung|kommentar|"
        "notiz|commentaire|remarque|comentario|observaciones|commento|opmerking|uwagi|observacoes|transcript|"
        "feedback",
    ),
)


def words_of(name: str) -> tuple[str, ...]:
    """The words of a name, without accents: `KundenEMail-Adresse` is kunden, e, mail, adresse."""
    spelled = name.replace("ß", "ss").replace("ł", "l").replace("Ł", "L")
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", spelled) if not unicodedata.combining(sign))
    parts = (part for hump in _HUMP.split(plain) for part in _NO_WORD.split(hump.casefold()))
    return tuple(part for part in parts if part)


def by_name(name: str) -> Clue | None:
    """The first clue whose words stand in the name one after the other; written together counts as well."""
    words = words_of(name[:200])
    spaced, joined = f" {' '.join(words)} ", "".join(words)
    for clue, phrases in _CLUES:
        for phrase in phrases.split("|"):
            if f" {phrase} " in spaced or joined == phrase.replace(" ", ""):
                return clue
    return None
