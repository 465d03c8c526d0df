// Owns how a key binding reads on this machine.
const onMac = typeof navigator !== 'undefined' && /Mac/.test(navigator.platform);
const names: Record<string, string> = { $mod: onMac ? '⌘' : 'Ctrl', ArrowUp: '↑', ArrowDown: '↓', Escape: 'Esc', Semicolon: ';', Alt: onMac ? '⌥' : 'Alt' };

/** ["Ctrl", "Shift", "O"]. */
export function keyNames(binding: string): string[] {
  return binding.split('+').map((key) => names[key] ?? (key.length === 1 ? key.toUpperCase() : key));
}
