// Owns the start of the page. The first import must stay first: schemas are made when the contract is imported.
import './no-eval.js';
import '@fontsource-variable/inter/wght.css';
import './styles/tokens.css';
import './styles/base.css';
import './styles/layout.css';
import './styles/sidebar.css';
import './styles/transcript.css';
import './styles/markdown.css';
import './styles/composer.css';
import './styles/instrument.css';
import './styles/overlays.css';
import './styles/forms.css';
import './styles/model-card.css';
import './styles/speed.css';
import './styles/documents.css';
import './styles/grounded.css';
import './styles/viewer.css';
import './styles/vault.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { startSession } from './session.js';
import { App } from './views/App.js';

startSession();
createRoot(document.querySelector('#root')!).render(<StrictMode><App /></StrictMode>);
