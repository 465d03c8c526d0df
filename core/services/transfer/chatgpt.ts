// Owns reading ChatGPT's export (conversations.json): its tree of nodes becomes ours, as far as it is text.
import { z } from 'zod';
import { importLimits, type ExportedConversation, type ExportedMessage } from '../../contract/transfer.js';

const secondsSchema = z.number().nonnegative().max(1e11).nullish();
const nodeSchema = z.object({
  parent: z.string().nullish(),
  message: z
    .object({
      author: z.object({ role: z.string() }),
      create_time: secondsSchema,
      content: z.object({ content_type: z.string(), parts: z.array(z.unknown()).nullish(), text: z.string().nullish() }),
      metadata: z.object({ is_visually_hidden_from_conversation: z.boolean().nullish() }).nullish(),
    })
    .nullish(),
});
const conversationSchema = z.object({
  title: z.string().nullish(),
  create_time: secondsSchema,
  update_time: secondsSchema,
  mapping: z.record(z.string().max(200), z.unknown()),
  current_node: z.string().nullish(),
});
type Node = z.infer<typeof nodeSchema>;

/** What makes a list a ChatGPT export: conversations with a `mapping`. */
export function looksLikeChatGpt(value: unknown): value is unknown[] {
  return Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'object' && each !== null && 'mapping' in each);
}

const toMs = (seconds: number | null | undefined): number => Math.round((seconds ?? 0) * 1000);

function textOf({ content }: NonNullable<Node['message']>): string | null {
  if (content.content_type === 'code' && content.text) return `\`\`\`\n${content.text}\n\`\`\``;
  if (content.content_type !== 'text' && content.content_type !== 'multimodal_text') return null;
  const parts = (content.parts ?? []).map((part) => (typeof part === 'string' ? part : '*[something that is not text]*'));
  const text = parts.join('\n\n').trim();
  return text === '' ? null : text.slice(0, importLimits.text).toWellFormed();
}

/** A conversation, or null when nothing in it is text of a person or a model. `leftOut` counts the messages that are not. */
export function fromChatGpt(value: unknown): { conversation: ExportedConversation | null; leftOut: number } {
  const parsed = conversationSchema.safeParse(value);
  if (!parsed.success) return { conversation: null, leftOut: 1 };
  const { title, create_time, update_time, mapping, current_node } = parsed.data;
  const nodes = new Map<string, Node>();
  let leftOut = 0;
  for (const [id, raw] of Object.entries(mapping)) {
    const node = nodeSchema.safeParse(raw);
    if (node.success) nodes.set(id, node.data);
    else leftOut += 1;
  }
  const children = new Map<string, string[]>();
  const roots: string[] = [];
  for (const [id, { parent }] of nodes) {
    if (!parent || parent === id || !nodes.has(parent)) {
      roots.push(id);
      continue;
    }
    const known = children.get(parent);
    if (known) known.push(id);
    else children.set(parent, [id]);
  }
  const messages: ExportedMessage[] = [];
  /** The message a node became, or the one above it that it hangs on. */
  const became = new Map<string, number | null>();
  const open = roots.toReversed().map((id) => ({ id, parent: null as number | null }));
  // Nodes in a ring have no root and are never reached.
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { id } = next;
    let { parent } = next;
    const message = nodes.get(id)!.message;
    const text = message ? textOf(message) : null;
    const role = message?.author.role;
    if (message && text !== null && (role === 'user' || role === 'assistant') && !message.metadata?.is_visually_hidden_from_conversation && messages.length < importLimits.messages) {
      messages.push({ parent, role, text, createdAtMs: toMs(message.create_time ?? create_time), run: null });
      parent = messages.length - 1;
    } else if (message && role !== 'system') leftOut += 1;
    became.set(id, parent);
    for (const child of (children.get(id) ?? []).toReversed()) open.push({ id: child, parent });
  }
  if (messages.length === 0) return { conversation: null, leftOut };
  const leaf = (current_node ? became.get(current_node) : null) ?? messages.length - 1;
  const createdAtMs = toMs(create_time);
  const conversation = { title: (title ?? '').slice(0, importLimits.title).toWellFormed(), createdAtMs, updatedAtMs: Math.max(createdAtMs, toMs(update_time)), leaf, messages };
  return { conversation, leftOut };
}
