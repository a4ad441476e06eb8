import './theme/styles.ts';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App.tsx';
import { connect } from './api/connect.ts';
import { followLanguage } from './i18n/language.ts';
import { followSystem } from './theme/appearance.ts';

const root = document.getElementById('root');
if (!root) throw new Error('The page has no #root');

followSystem();
followLanguage();
createRoot(root).render(
  <StrictMode>
    <App connection={connect()} />
  </StrictMode>,
);
