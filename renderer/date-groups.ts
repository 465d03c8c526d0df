// Owns the headings of the conversation list: Today, Yesterday, Previous 7 days, then months.
export interface DateGroup<T> {
  title: string;
  items: T[];
}

function startOfDay(timeMs: number, daysBack = 0): number {
  const day = new Date(timeMs);
  day.setHours(0, 0, 0, 0);
  day.setDate(day.getDate() - daysBack);
  return day.getTime();
}

/** The heading of a moment as seen from another, in local time. A moment in the future counts as today: clocks drift. */
export function dateTitle(timeMs: number, nowMs: number, locale?: string): string {
  if (timeMs >= startOfDay(nowMs)) return 'Today';
  if (timeMs >= startOfDay(nowMs, 1)) return 'Yesterday';
  if (timeMs >= startOfDay(nowMs, 7)) return 'Previous 7 days';
  const date = new Date(timeMs);
  const sameYear = date.getFullYear() === new Date(nowMs).getFullYear();
  return date.toLocaleDateString(locale, sameYear ? { month: 'long' } : { month: 'long', year: 'numeric' });
}

/** Groups a list that is sorted newest first; keeps its order. */
export function groupByDate<T extends { updatedAtMs: number }>(items: readonly T[], nowMs: number, locale?: string): DateGroup<T>[] {
  const groups: DateGroup<T>[] = [];
  for (const item of items) {
    const title = dateTitle(item.updatedAtMs, nowMs, locale);
    const last = groups.at(-1);
    if (last?.title === title) last.items.push(item);
    else groups.push({ title, items: [item] });
  }
  return groups;
}
