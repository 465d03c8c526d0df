// Owns one message of the user: its bubble, copying, editing into a new branch, and switching between branches.
import { Check, Copy, Pencil } from 'lucide-react';
import { memo, useState } from 'react';
import type { Message } from '../../core/contract/conversation.js';
import { sendMessage } from '../actions.js';
import { useCopy } from '../markdown/use-copy.js';
import { Visible } from '../markdown/Visible.js';
import { useView } from '../store.js';
import { BranchSwitch } from './BranchSwitch.js';

interface Props {
  message: Message;
  siblings: readonly Message[];
  editing: boolean;
}

export const UserMessage = memo(function UserMessage({ message, siblings, editing }: Props) {
  const { copied, copy } = useCopy();
  return (
    <article className="message user" data-message={message.id} aria-label="You">
      <h2 className="visually-hidden">You</h2>
      {editing ? <Editor message={message} /> : <div className="bubble"><Visible text={message.text} where="prose" /></div>}
      <div className="message-actions">
        <BranchSwitch message={message} siblings={siblings} what="message" />
        <button type="button" className="icon-button" onClick={() => copy(message.text)} aria-label="Copy message" data-tip={copied ? 'Copied' : 'Copy'}>{copied ? <Check size={15} aria-hidden /> : <Copy size={15} aria-hidden />}</button>
        <button type="button" className="icon-button" onClick={() => useView.setState({ editing: message.id })} aria-label="Edit message" data-tip="Edit"><Pencil size={15} aria-hidden /></button>
      </div>
    </article>
  );
});

function Editor({ message }: { message: Message }) {
  const [text, setText] = useState(message.text);
  const close = (): void => useView.setState({ editing: null });
  const send = async (): Promise<void> => {
    if (text.trim() !== '' && (await sendMessage(text.trim(), message.parentId))) close();
  };
  return (
    <form className="editor" onSubmit={(event) => { event.preventDefault(); void send(); }}>
      <textarea
        aria-label="Edit message"
        value={text}
        rows={Math.min(10, text.split('\n').length + Math.floor(text.length / 80) + 1)}
        // The reader asked for this field a moment ago.
        // oxlint-disable-next-line jsx-a11y/no-autofocus
        autoFocus
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
          event.preventDefault();
          void send();
        }}
      />
      <div className="dialog-buttons">
        <span className="fine">The earlier message and its answers stay as another branch.</span>
        <button type="button" className="button small" onClick={close}>Cancel</button>
        <button type="submit" className="button small primary" disabled={text.trim() === ''}>Send</button>
      </div>
    </form>
  );
}
