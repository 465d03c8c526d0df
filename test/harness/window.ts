// Owns the words by which tests find things in the window: the same names a screen reader says.
import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';

export const field = (page: Page): Locator => page.getByRole('textbox', { name: 'Message' });
export const answers = (page: Page): Locator => page.getByRole('article', { name: 'Answer' });
export const lastAnswer = (page: Page): Locator => answers(page).last();
export const slider = (page: Page): Locator => page.getByRole('slider', { name: /Depth/ });

export async function send(page: Page, text: string): Promise<void> {
  await field(page).fill(text);
  // An engine that is just starting again refuses quietly and leaves the text in the field: try until it is taken.
  const taken = async (): Promise<string> => {
    await field(page).press('Enter');
    return field(page).inputValue();
  };
  await expect.poll(taken, { timeout: 30_000, interval: 100 }).toBe('');
}

/** Waits until the newest answer has at least so many characters. */
export async function untilText(page: Page, characters: number): Promise<void> {
  await expect.poll(async () => (await bodyText(page)).length, { timeout: 30_000, interval: 30 }).toBeGreaterThanOrEqual(characters);
}

/** The words of the newest answer; empty while it says only that it is thinking. */
export async function bodyText(page: Page): Promise<string> {
  const answer = lastAnswer(page).locator('.reply-body');
  if ((await answer.count()) === 0 || (await answer.locator('.thinking').count()) > 0) return '';
  return answer.innerText();
}

/** Waits until the newest answer is no longer being made. */
export async function untilDone(page: Page): Promise<void> {
  await expect.poll(() => lastAnswer(page).getAttribute('aria-busy'), { timeout: 60_000, interval: 50 }).toBe('false');
}

/** Sends a message and waits for its whole answer. */
export async function ask(page: Page, text: string): Promise<void> {
  const before = await answers(page).count();
  await send(page, text);
  await expect.poll(() => answers(page).count(), { timeout: 20_000 }).toBe(before + 1);
  await untilDone(page);
}
