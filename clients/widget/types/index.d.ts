/** The types of `<test-widget>`: the element, its attributes, events and methods. */

/** Answers by question, in question order. */
export type Answers = [question: string, value: string[]][];

export type Screen =
  | 'loading' | 'welcome' | 'instruction' | 'question' | 'waiting' | 'pause' | 'finish' | 'trouble';

export interface TestWidgetState {
  screen: Screen;
  session: string | null;
  question: string | null;
  number: number | null;
  answered: number;
  total: number;
  /** Answers that are not durable yet. */
  pending: number;
  online: boolean;
  resultKey: string | null;
}

/** What an attempt is begun or continued with. */
export interface Opening {
  session?: string;
  resumeToken?: string;
  answers?: Answers;
  accessToken?: string;
}

/** What the pause screen offers: a price, as a text, and the address of your checkout. */
export interface Offer {
  price?: string;
  href?: string;
}

export interface ReadyDetail {
  session: string;
  state: 'running' | 'awaiting_payment' | 'finished';
  answered: number;
  total: number;
}

export interface StartDetail {
  session: string;
  resumeToken: string;
}

export interface AnswerDetail {
  question: string;
  number: number;
  value: string[];
}

export interface SavedDetail {
  /** Starts again after each break of the connection; `pending` does not. */
  seq: number;
  pending: number;
}

export interface ConnectionDetail {
  state: 'online' | 'offline';
  pending: number;
}

export interface PauseDetail {
  session: string;
  after: number;
  answers: Answers;
  offer(offer: Offer): void;
}

export interface ResumedDetail {
  session: string;
  next: string | null;
}

export interface FinishDetail {
  session: string;
  /** For your server, which attaches the result to your user. */
  resultKey: string;
}

export interface TokenNeededDetail {
  reason: string;
}

export interface LoadFailedDetail {
  code: 'origin_not_allowed' | 'provider_not_found' | 'test_not_found' | 'network' | (string & {});
}

export interface ErrorDetail {
  code: string;
  message: string;
  retryable: boolean;
}

/** What the events' `detail` is, by the names that the components give the events. */
export interface TestWidgetDetails {
  ready: ReadyDetail;
  start: StartDetail;
  answer: AnswerDetail;
  saved: SavedDetail;
  connection: ConnectionDetail;
  /** It can be cancelled: then the widget shows no pause screen, but your page its own. */
  pause: PauseDetail;
  resumed: ResumedDetail;
  finish: FinishDetail;
  tokenNeeded: TokenNeededDetail;
  loadFailed: LoadFailedDetail;
  error: ErrorDetail;
}

export type TestWidgetEvent<Name extends keyof TestWidgetDetails> = CustomEvent<TestWidgetDetails[Name]> & {
  readonly target: TestWidgetElement;
};

export interface TestWidgetEventMap {
  'test-widget:ready': TestWidgetEvent<'ready'>;
  'test-widget:start': TestWidgetEvent<'start'>;
  'test-widget:answer': TestWidgetEvent<'answer'>;
  'test-widget:saved': TestWidgetEvent<'saved'>;
  'test-widget:connection': TestWidgetEvent<'connection'>;
  'test-widget:pause': TestWidgetEvent<'pause'>;
  'test-widget:resumed': TestWidgetEvent<'resumed'>;
  'test-widget:finish': TestWidgetEvent<'finish'>;
  'test-widget:token-needed': TestWidgetEvent<'tokenNeeded'>;
  'test-widget:load-failed': TestWidgetEvent<'loadFailed'>;
  'test-widget:error': TestWidgetEvent<'error'>;
}

export interface TestWidgetMethods {
  /** Begins a new attempt; does nothing while one is running. */
  start(): void;
  /** Begins a new attempt in any case. */
  restart(): void;
  /** Continues an attempt, or begins one with answers that you have kept. */
  resume(opening: Opening): void;
  /** Shows the previous question if the test allows that. */
  back(): void;
  getState(): TestWidgetState;
  getAnswers(): Answers;
}

export type Theme = 'auto' | 'light' | 'dark';
export type StartMode = 'auto' | 'manual';
export type HeadingLevel = 1 | 2 | 3 | 4 | 5 | 6;

export interface TestWidgetElement extends HTMLElement, TestWidgetMethods {
  provider: string;
  test: string;
  gateway: string;
  locale: string;
  theme: Theme | '';
  startMode: StartMode | '';
  session: string;
  resumeToken: string;
  accessToken: string;
  headingLevel: number;
  autoAdvance: boolean;
  showResult: boolean;
  sandbox: boolean;
}

/** The element's attributes, as they are written in HTML. */
export interface TestWidgetAttributes {
  provider: string;
  test: string;
  gateway?: string | undefined;
  locale?: string | undefined;
  theme?: Theme | undefined;
  'start-mode'?: StartMode | undefined;
  session?: string | undefined;
  'resume-token'?: string | undefined;
  'access-token'?: string | undefined;
  'heading-level'?: HeadingLevel | `${HeadingLevel}` | undefined;
  'auto-advance'?: 'on' | 'off' | undefined;
  'show-result'?: 'on' | 'off' | undefined;
  sandbox?: '' | 'on' | 'off' | boolean | undefined;
}

/** The properties of the components for React and Vue. */
export interface TestWidgetProps {
  provider: string;
  test: string;
  /** The gateway's address, unless `setGateway` has set it. */
  gateway?: string | undefined;
  locale?: string | undefined;
  theme?: Theme | undefined;
  startMode?: StartMode | undefined;
  session?: string | undefined;
  resumeToken?: string | undefined;
  accessToken?: string | undefined;
  headingLevel?: HeadingLevel | undefined;
  autoAdvance?: boolean | undefined;
  showResult?: boolean | undefined;
  sandbox?: boolean | undefined;
}

export declare const TestWidget: {
  new (): TestWidgetElement;
  prototype: TestWidgetElement;
};

/** The events by the names that the components give them. */
export declare const EVENTS: { readonly [Name in keyof TestWidgetDetails]: keyof TestWidgetEventMap };

/** Sets the gateway of all widgets that do not name one by themselves, such as `https://gateway.example`. */
export declare function setGateway(address: string): void;

declare global {
  interface HTMLElementTagNameMap {
    'test-widget': TestWidgetElement;
  }
  /** Listeners on elements, the document and the window know the events, which bubble. */
  interface GlobalEventHandlersEventMap extends TestWidgetEventMap {}
}
