import { StrictMode } from 'react';
import { renderToString } from 'react-dom/server';
import { App, type Place } from './app';

declare const process: { argv: string[]; stdout: { write(text: string): void } };

const place = JSON.parse(process.argv[2] ?? '{}') as Place;
process.stdout.write(renderToString(<StrictMode><App {...place} /></StrictMode>));
