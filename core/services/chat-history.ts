// Owns the form in which a conversation reaches a chat template.
import type { ChatMessage } from '../contract/engine.js';

/**
 * Leaves out answers that never began (the engine died first) and joins the user messages that then meet:
 * many templates refuse two turns of the same role, and an empty answer would teach the model to say nothing.
 */
export function forTemplate(messages: readonly ChatMessage[]): ChatMessage[] {
  const turns: ChatMessage[] = [];
  for (const { role, text } of messages) {
    if (role === 'assistant' && text === '') continue;
    const last = turns.at(-1);
    if (last && last.role === role) last.text += `\n\n${text}`;
    else turns.push({ role, text });
  }
  return turns;
}
