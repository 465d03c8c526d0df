// Owns which questions need every passage: summarise, list all, count, compare. In English and German.

const patterns: readonly RegExp[] = [
  // Summaries.
  /\bsummar(?:y|ies|i[sz]e|i[sz]ing)\b/i,
  /\b(?:overview of|main (?:points|topics|themes|findings)|key (?:points|takeaways|findings)|in a nutshell|gist of|outline (?:of )?the)\b/i,
  /\bwhat (?:is|are) (?:this|these|the) (?:document|documents|file|files|collection|folder)s? about\b/i,
  /\b(?:zusammenfass\w*|fass\w*\b.{0,80}\bzusammen|überblick über|kernaussagen|hauptpunkte|wichtigste[nr]? punkte|worum geht es)\b/iu,
  // Lists.
  /\blist\s+(?:me\s+)?(?:all|every|each|the)\b|\blist of all\b/i,
  /\b(?:all|every|each)\b (?:of )?(?:the |these |those |our |my )?(?:\w+ ){0,2}(?:documents?|files?|invoices?|contracts?|letters?|reports?|meetings?|policies|leases|agreements|mails?|e-?mails?)\b/i,
  /\bwhich (?:of the |of these )?(?:documents|files|invoices|contracts|letters|reports|policies|leases|agreements)\b/i,
  /\b(?:liste|zähle|zaehle|führe|fuehre|nenne|zeige)\b.{0,30}\b(?:alle|sämtliche|jede[nrs]?)\b/iu,
  /\b(?:alle|sämtliche|allen|aller)\b (?:\p{L}+ ){0,2}(?:dokumente?n?|dateie?n?|rechnungen|verträgen?|briefen?|berichten?|sitzungen|richtlinien|protokollen?|e-?mails)\b/iu,
  /\bwelche (?:der )?(?:dokumente|dateien|rechnungen|verträge|briefe|berichte|richtlinien|protokolle)\b/iu,
  // Counts over documents.
  /\bhow many (?:\w+ )?(?:documents|files|invoices|contracts|letters|reports|meetings|policies|leases|agreements|times)\b/i,
  /\b(?:wie ?viele|anzahl der) (?:\p{L}+ )?(?:dokumente|dateien|rechnungen|verträge|briefe|berichte|sitzungen|richtlinien|protokolle)\b|\bwie oft (?:kommt|wird|taucht)\b/iu,
  /\b(?:count|add up|total up)\b (?:all|every|the|how)\b|\b(?:zähl\w*|addier\w*|summier\w*) (?:alle|die|sämtliche)\b/iu,
  /\b(?:total|sum|average|mean|gesamtsumme|summe|durchschnitt)\b.{0,30}\b(?:of|across|over|aller|über) (?:all|every|alle|sämtliche|the invoices|the contracts)\b|\b(?:summe|durchschnitt) aller\b/iu,
  // Comparisons.
  /\bcompar(?:e|ing|ison)\b|\bdifferences? between\b|\bdiffer(?:s|ent)? (?:from|between)\b|\bcontrast\b/i,
  /\b(?:vergleich\w*|unterschied\w* zwischen|unterscheide[nt]\b|gegenüberstell\w*|stell\w*\b.{0,60}\bgegenüber)/iu,
  // Superlatives over documents.
  /\bwhich (?:invoice|contract|lease|document|meeting|agreement) (?:is|has|was) the (?:\w+est|most|least)\b/i,
  /\bwelche[rs]? (?:rechnung|vertrag|dokument|sitzung) (?:ist|hat|war) (?:der|die|das|den) (?:\p{L}+ste[nr]?|meisten|wenigsten)\b/iu,
];

/** JavaScript's \b and \w know ASCII alone: `über` would have no edge before its ü. */
const edge = String.raw`(?:(?<![\p{L}\p{N}])(?=[\p{L}\p{N}])|(?<=[\p{L}\p{N}])(?![\p{L}\p{N}]))`;
const compiled = patterns.map(({ source }) => new RegExp(source.replaceAll(String.raw`\b`, edge).replaceAll(String.raw`\w`, String.raw`[\p{L}\p{N}_]`), 'iu'));

/** A passage or two will not answer it; the whole-document mode will. */
export function needsAll(query: string): boolean {
  const text = query.normalize('NFC');
  return compiled.some((pattern) => pattern.test(text));
}
