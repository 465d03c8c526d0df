// Owns the frame of every dialog: the browser's own modal, which keeps the focus inside and closes on Escape.
import { X } from 'lucide-react';
import { useEffect, useId, useRef, type ReactNode } from 'react';

interface Props {
  open: boolean;
  onClose(): void;
  title: string;
  /** Without a visible heading the title is still read out. */
  bare?: boolean;
  className?: string;
  children: ReactNode;
}

export function Dialog({ open, onClose, title, bare = false, className = '', children }: Props) {
  const target = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const dialog = target.current;
    if (!dialog) return;
    if (open && !dialog.open) {
      dialog.showModal();
      // The browser would choose the first button, which is the one that closes.
      (dialog.querySelector<HTMLElement>('input[type="text"], input:not([type])') ?? dialog.querySelector<HTMLElement>('.dialog-body'))?.focus();
    }
    if (!open && dialog.open) dialog.close();
  }, [open]);
  return (
    // A click on the dark around it reaches the dialog element itself; Escape does the same for the keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions, jsx-a11y/click-events-have-key-events
    <dialog
      ref={target}
      className={`dialog ${className}`}
      aria-labelledby={titleId}
      // Closing one because another takes its place is no wish to close that one too.
      onClose={() => { if (open) onClose(); }}
      onClick={(event) => { if (event.target === target.current) onClose(); }}
    >
      {open ? (
        <div className="dialog-body" tabIndex={-1}>
          <div className={bare ? 'visually-hidden' : 'dialog-head'}>
            <h2 id={titleId}>{title}</h2>
            {bare ? null : <button type="button" className="icon-button" onClick={onClose} aria-label="Close"><X size={18} aria-hidden /></button>}
          </div>
          {children}
        </div>
      ) : null}
    </dialog>
  );
}
