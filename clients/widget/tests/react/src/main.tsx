import { StrictMode } from 'react';
import { createRoot, hydrateRoot } from 'react-dom/client';
import { App, type Place } from './app';

const place = Object.fromEntries(new URLSearchParams(location.search)) as unknown as Place;
const root = document.querySelector('#root')!;
const app = <StrictMode><App {...place} /></StrictMode>;
if (root.firstElementChild) hydrateRoot(root, app, { onRecoverableError: (error) => console.error(error) });
else createRoot(root).render(app);
