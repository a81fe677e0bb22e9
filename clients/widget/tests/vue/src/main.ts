import { createApp, createSSRApp } from 'vue';
import App from './App.vue';

const place = Object.fromEntries(new URLSearchParams(location.search));
const root = document.querySelector('#root')!;
const create = root.firstElementChild ? createSSRApp : createApp;
create(App, place).mount(root);
