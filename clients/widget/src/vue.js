/** `<TestWidget>` for Vue 3: events as emits, the element's methods by a template ref. */

import { defineComponent, h, onMounted, ref, watch } from 'vue';
import './index.js';
import { attributesOf } from './attributes.js';
import { EVENTS } from './events.js';

export { setGateway } from './index.js';

/** A switch that is left out is no switch that is off. */
const SWITCH = { type: Boolean, default: undefined };
const METHODS = ['start', 'restart', 'resume', 'back', 'getState', 'getAnswers'];

export const TestWidget = defineComponent({
  name: 'TestWidget',
  props: {
    provider: String,
    test: String,
    gateway: String,
    locale: String,
    theme: String,
    startMode: String,
    session: String,
    resumeToken: String,
    accessToken: String,
    headingLevel: [Number, String],
    autoAdvance: SWITCH,
    showResult: SWITCH,
    sandbox: SWITCH,
  },
  emits: Object.keys(EVENTS),
  setup(props, { emit, expose, slots }) {
    const element = ref(null);
    expose({
      element,
      ...Object.fromEntries(METHODS.map((name) => [name, (...args) => element.value[name](...args)])),
    });

    const setTest = () => {
      if (props.test) element.value.setAttribute('test', props.test);
      else element.value.removeAttribute('test');
    };
    onMounted(() => {
      const widget = element.value;
      // The listeners go with the element, which is the component's alone.
      for (const [name, event] of Object.entries(EVENTS)) {
        widget.addEventListener(event, (heard) => {
          if (heard.target === widget) emit(name, heard);
        });
      }
      setTest();
    });
    watch(() => props.test, setTest, { flush: 'post' });

    return () => h('test-widget', { ...attributesOf(props), ref: element }, slots.default?.());
  },
});
