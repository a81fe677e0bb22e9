import { createSSRApp } from 'vue';
import { renderToString } from 'vue/server-renderer';
import App from './App.vue';

declare const process: { argv: string[]; stdout: { write(text: string): void } };

const place = JSON.parse(process.argv[2] ?? '{}') as Record<string, string>;
process.stdout.write(await renderToString(createSSRApp(App, place)));
