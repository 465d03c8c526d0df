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
small minor little tiny klein gering kleine geringfügig
large big major great groß erheblich
quick fast rapid prompt schnell rasch zügig
glasses spectacles lenses eyewear brille brillen
clothes clothing garment garments dress workwear kleidung bekleidung kleider
shoes boots footwear schuhe stiefel
furniture desk chair table shelf möbel schreibtisch stuhl tisch regal
colour color paint white black red blue green yellow farbe farbton weiß schwarz rot blau grün gelb
abroad foreign country countries ausland europa spanien frankreich italien österreich
breakfast lunch dinner supper frühstück frühstücken mittagessen abendessen essen
coffee tea kaffee tee
barbecue grill charcoal grillen holzkohle
run running jog jogging laufen joggen rennen
swim swimming pool schwimmen schwimmbad
cycle cycling bicycle bike rad fahrrad radfahren
sport sports exercise training bewegung
drive driving fahren autofahren
flight fly flying plane airline flug fliegen
train railway rail bahn zug
hotel accommodation lodging overnight unterkunft übernachtung
free gratis complimentary kostenlos kostenfrei unentgeltlich
bonus allowance extra supplement zulage zuschlag sonderzahlung prämie weihnachtsgeld
subsidy contribution grant zuschuss beitrag förderung
loud noise noisy decibel lärm laut geräusch ruhe dezibel
quiet silence silent leise still
break broken damaged kaputt defekt beschädigt
roof dach
wall walls wand wände
floor boden fußboden
window windows fenster
key keys schlüssel
garden yard garten hof
kitchen küche
heating heat heizung wärme heizen
electricity power current strom elektrizität
screen display monitor bildschirm anzeige display
lock locked sperren gesperrt schließen
computer notebook laptop pc rechner
network internet wifi wlan netz netzwerk
virus malware antivirus schadsoftware
backup copy copies sicherung kopie kopien
file record records chart akte unterlagen
keep retain hold behalten
throw discard dispose waste entsorgen wegwerfen abfall müll
move moving relocation removal umzug umziehen auszug ausziehen
enter entry arrive arrival einreise ankunft eintreffen
leave leaving departure depart abreise verlassen austritt
join membership member mitglied mitgliedschaft beitritt
vote votes election elect elected wahl wählen gewählt stimme stimmen
tender bid offer quotation quote angebot ausschreibung gebot
strike union negotiation negotiations gewerkschaft verhandlung
profit income revenue turnover earnings einnahmen umsatz gewinn ertrag
earn earns salary wage verdienen verdient gehalt lohn
expenditure spending ausgaben aufwand
teach teacher trainer instructor lead unterrichten lehrer dozent trainer leiten
trees hedge bush hecke strauch baum
cut cutting trim pruning schneiden rückschnitt
spring summer autumn winter season frühling sommer herbst saison
inject injection vaccine vaccination shot jab impfen impfung spritze
anaesthetic anaesthesia sedative sedation narkose betäubung
eye eyes auge augen
knee knie
blood bleeding blut blutung
sick ill illness disease krank krankheit erkrankt
hurt injury injured accident verletzung unfall verletzt
relative relatives family angehörige familie verwandte
husband wife spouse partner ehepartner ehefrau ehemann
neighbour neighbours nachbar nachbarn
visitor visitors guest guests besucher gäste
camera cameras video kamera kameras videoüberwachung
forbid forbidden verboten
bottle can container flasche behälter tank
hot warm heiß warm
cold cool kalt kühl kühlen
wet damp moist nass feucht
dry dried trocken trocknen
dirty dirt schmutzig schmutz
descale limescale entkalken kalk
reason why cause grund ursache
purpose use zweck verwendung
light lamp led lampe leuchte licht
flash flashing blink blinking blinkt blinken
label labels sticker etikett etiketten
print printing printer drucken drucker
paper papier
stock inventory available store lager bestand vorrätig verfügbar
shelf rack regal fach
colleague staff kollege kollegin
department division abteilung bereich
apply application request antrag beantragen gesuch
proof evidence certificate nachweis bescheinigung zertifikat
check inspect inspection verify prüfen prüfung kontrolle geprüft
measure measurement messen messung
percent percentage rate quota prozent anteil quote
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
