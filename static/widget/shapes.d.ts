/** Shapes for the type checker only: no page ever loads this file. Wire names are spec/widget-protocol.md's. */

export interface Option {
  value: string;
  text: string | null;
  image: string | null;
}

export interface Field {
  input?: string | null;
  placeholder?: string | null;
}

export interface Question {
  id: string;
  number?: number | null;
  type: string;
  text?: string | null;
  html?: string | null;
  image?: string | null;
  group?: string | null;
  /** Seconds; when they run out the question is answered with []. */
  timer?: number | null;
  count?: number | null;
  back?: boolean | null;
  forward?: boolean | null;
  options?: Option[] | null;
  fields?: Field[] | null;
}

/** The public info of a test; the `test` of a session carries the same fields, with `title` for `name`. */
export interface Test {
  slug: string;
  locale?: string | null;
  name?: string | null;
  title?: string | null;
  description?: string | null;
  instruction?: string | null;
  authors?: string[] | null;
  /** Minutes. */
  duration?: number | null;
  length?: number | null;
  paid?: boolean | null;
  pause_after?: number | null;
}

export type AnswerPair = [question: string, value: string[]];

export type SessionMessage = {
  type: 'session';
  session: string;
  resume_token?: string | null;
  state: 'running' | 'awaiting_payment' | 'finished';
  test: Test;
  questions: Question[];
  answers: AnswerPair[];
  seq: number;
  next: string | null;
  result_key?: string | null;
};

export type PauseMessage = { type: 'pause'; after: number; answers: AnswerPair[]; session: string };

export type ErrorMessage = {
  type: 'error';
  code: string;
  message: string;
  seq?: number | null;
  fatal?: boolean;
};

export type ServerMessage =
  | SessionMessage
  | PauseMessage
  | ErrorMessage
  | { type: 'ack'; seq: number }
  | { type: 'resumed'; questions: Question[]; next: string | null }
  | { type: 'finished'; result_key: string }
  | { type: 'pong' }
  | { type: 'bye'; retry_after_ms?: number };

export interface Entry {
  seq: number;
  question: string;
  value: string[];
}

export interface OutboxSnapshot {
  entries: Entry[];
  acked: number;
  seq: number;
}

/** What a tab remembers of one attempt. */
export interface Remembered {
  session: string;
  resumeToken: string;
  outbox: OutboxSnapshot;
}

/** What an attempt begins from; without session and resumeToken it is a new one. */
export interface Opening {
  session?: string;
  resumeToken?: string;
  accessToken?: string;
  answers?: AnswerPair[];
}

/** What the gateway, or the road to it, refuses; `kind` picks the screen. */
export interface Trouble {
  kind: 'network' | 'taken' | 'token' | 'stop';
  code: string;
}

export interface State {
  phase: 'loading' | 'welcome' | 'instruction' | 'question' | 'waiting' | 'pause' | 'finish' | 'trouble';
  info: Test | null;
  session: string | null;
  test: Test | null;
  questions: Question[];
  answers: Map<string, string[]>;
  current: string | null;
  online: boolean;
  pending: number;
  pauseAfter: number;
  /** The host shows a pause screen of its own. */
  yielded: boolean;
  resultKey: string | null;
  trouble: Trouble | null;
  /** Questions whose answer was refused: their screens say so. */
  refused: ReadonlySet<string>;
  /** The instruction has been read. */
  begun: boolean;
}

export type Action =
  | { type: 'info'; info: Test }
  | { type: 'starting' }
  | { type: 'begin' }
  | { type: 'session'; message: SessionMessage; unsaved: Entry[] }
  | { type: 'answer'; value: string[] }
  | { type: 'back' }
  | { type: 'pending'; pending: number }
  | { type: 'refused'; question: string }
  | { type: 'pause'; message: PauseMessage; yielded: boolean }
  | { type: 'resumed'; questions: Question[]; next: string | null }
  | { type: 'finished'; resultKey: string }
  | { type: 'online'; online: boolean }
  | { type: 'trouble'; trouble: Trouble };

export type Texts = ReturnType<typeof import('./texts.js').texts>;

/** What a question type gets to draw itself. */
export interface TypeContext {
  question: Question;
  value: string[] | null;
  t: Texts;
  /** Resolves an image's address against the gateway. */
  asset: (path: string) => string;
  /** Tells the chosen value; `advance` when the visitor meant to go on, not merely to look around. */
  choose: (value: string[], advance: boolean) => void;
  /** A native radio of the question's one group, which calls `choose` itself. */
  radio: (value: string) => HTMLInputElement;
}

export type TypeRenderer = (context: TypeContext) => HTMLElement;

export interface ScreenContext {
  state: State;
  t: Texts;
  /** Level of the headings, 1 to 6. */
  level: number;
  /** An earlier attempt in this tab can be continued. */
  resumable: boolean;
}
