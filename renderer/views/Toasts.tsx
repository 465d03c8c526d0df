// Owns short messages at the lower edge, some with the way back.
import { X } from 'lucide-react';
import { dismissToast, useToasts } from '../store.js';

export function Toasts() {
  const toasts = useToasts((state) => state.toasts);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {toasts.map(({ id, text, tone, action }) => (
        <div key={id} className={`toast ${tone}`}>
          <span>{text}</span>
          {action ? <button type="button" className="toast-action" onClick={() => { dismissToast(id); action.run(); }}>{action.label}</button> : null}
          <button type="button" className="icon-button" onClick={() => dismissToast(id)} aria-label="Dismiss"><X size={15} aria-hidden /></button>
        </div>
      ))}
    </div>
  );
}
