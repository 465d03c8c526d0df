// Owns choosing which documents the next message asks: none unless chosen, remembered per conversation.
import { Check, ChevronDown, Files, FolderPlus } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { askedCollection, askFrom, useAsking } from '../../documents/asking.js';
import { showDocuments } from '../../documents/library-actions.js';
import { plural } from '../../figures.js';
import { useApp } from '../../store.js';

export function useAskedCollection(): number | null {
  const chosen = useAsking((state) => state.chosen);
  return useApp((state) => askedCollection(state, chosen));
}

export function AskPicker() {
  const conversationId = useApp(({ open }) => open?.conversation.id ?? null);
  const collections = useApp((state) => state.library.collections);
  const id = useAskedCollection();
  const asked = collections.find((collection) => collection.id === id);
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <button type="button" className={asked ? 'ask-picker chosen' : 'ask-picker'} aria-label={asked ? `Ask: ${asked.name}` : 'Ask documents: none chosen'}>
          <Files size={14} aria-hidden />
          {asked ? <span className="ask-name"><span className="ask-word">Ask: </span>{asked.name}</span> : <span>Documents</span>}
          <ChevronDown size={13} aria-hidden />
        </button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" side="top" align="start" sideOffset={6} collisionPadding={8}>
          <DropdownMenu.Label className="menu-label">Answer from</DropdownMenu.Label>
          <DropdownMenu.RadioGroup value={String(id ?? 'none')} onValueChange={(value) => askFrom(conversationId, value === 'none' ? null : Number(value))}>
            <Item value="none" name="What the model knows" facts="" />
            {collections.map(({ id: each, name, passages, indexing }) => <Item key={each} value={String(each)} name={name} facts={indexing.state === 'reading' ? 'reading…' : plural(passages, 'passage')} />)}
          </DropdownMenu.RadioGroup>
          <DropdownMenu.Separator className="menu-line" />
          <DropdownMenu.Item className="menu-item" onSelect={() => showDocuments()}><FolderPlus size={15} aria-hidden /> {collections.length === 0 ? 'Add documents…' : 'Show the documents'}</DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

function Item({ value, name, facts }: { value: string; name: string; facts: string }) {
  return (
    <DropdownMenu.RadioItem value={value} className="menu-item ask-item">
      <span className="model-mark"><DropdownMenu.ItemIndicator><Check size={15} aria-hidden /></DropdownMenu.ItemIndicator></span>
      <span className="menu-main">{name}</span>
      <span className="menu-side">{facts}</span>
    </DropdownMenu.RadioItem>
  );
}
