// Owns which theme the page shows: the setting, or what the system asks for.
import { useEffect } from 'react';
import { useApp } from './store.js';

export function useTheme(): void {
  const theme = useApp(({ settings }) => settings.theme);
  useEffect(() => {
    const root = document.documentElement;
    if (theme === 'system') root.removeAttribute('data-theme');
    else root.setAttribute('data-theme', theme);
  }, [theme]);
}
