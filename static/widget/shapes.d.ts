/**
 * The shapes that the widget's modules share, for the type checker and the reader: no page ever loads this file, so words
 * are cheap here. Names on the wire are those of docs/protocol/widget-channel.md.
 */

/** What may have a picture: an address (against the gateway), what it shows, and [width, height] in pixels. */
interface Pictured {
  image?: string | null;
  image_alt?: string | null;
  image_size?: [number, number] | null;
}

interface Choice extends Pictured {
  value: string;
  text?: string | null;
}

interface Field {
  input?: string | null;
  placeholder?: string | null;
}

interface Question extends Pictured {
  id: string;
  number?: number | null;
  type: string;
  text?: string | null;
  html?: string | null;
  group?: string | null;
  /** Seconds; when they run out the question is answered with []. */
  timer?: number | null;
  count?: number | null;
  back?: boolean | null;
  forward?: boolean | null;
  options?: Choice[] | null;
  fields?: Field[] | null;
}

/** The public info of a test; the `test` of a session carries the same fields, with `title` for `name`. */
interface Test {
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

type AnswerPair = [question: string, value: string[]];

type SessionMessage = {
  type: 'session';
  session: string;
  resume_token?: string | null;
  state: 'running' | 'awaiting_payment' | 'finished';
  test: Test;
  questions: Question[];
  answers: AnswerPair[];
  /** Of this opening of the attempt, from 1. Gateways before recovery rule 2 have none. */
  generation?: number;
  /** The highest that is stored in any generation: for information, trusted for nothing. */
  seq: number;
  next: string | null;
  result_key?: string | null;
};

/** Every answer of the generation, the current one unless told, up to and including `seq`, is durable. */
type AckMessage = { type: 'ack'; seq: number; generation?: number };

/** Where a test is taken. */
interface Place {
  gateway: string;
  provider: string;
  test: string;
  locale: string;
}

type PauseMessage = { type: 'pause'; after: number; answers: AnswerPair[]; session: string };

type ErrorMessage = {
  type: 'error';
  code: string;
  message: string;
  /** Of the answer that is refused; it is of the current generation unless told. */
  seq?: number | null;
  generation?: number;
  fatal?: boolean;
};

type ServerMessage =
  | SessionMessage
  | PauseMessage
  | ErrorMessage
  | AckMessage
  | { type: 'resumed'; questions: Question[]; next: string | null }
  | { type: 'finished'; result_key: string }
  | { type: 'pong' }
  | { type: 'bye'; retry_after_ms?: number };

/**
 * An answer at its place, (generation, seq): the opening of the attempt in which the visitor gave it, and its number in
 * there. It is sent under that place until it is acknowledged or refused, whatever happens to the line: the gateway knows a
 * repeated answer by its place, and of a question's answers the one at the highest place stands. Only what was given to a
 * gateway that knows no generations has none.
 */
interface Entry {
  generation?: number;
  seq: number;
  question: string;
  value: string[];
}

/** The previous version's snapshots have no generations, and hold what is acknowledged, up to `acked`, as well. */
interface OutboxSnapshot {
  generation?: number;
  entries: Entry[];
  acked?: number;
}

/** What a tab remembers of one attempt. */
interface Remembered {
  session: string;
  resumeToken: string;
  outbox: OutboxSnapshot;
}

/** Likewise while an attempt is to begin: its `open_id`, and all that makes its opening the same. */
interface Expected {
  openId: string;
  opening: string;
}

/** What an attempt begins from; without session and resumeToken it is a new one. */
interface Opening {
  session?: string;
  resumeToken?: string;
  accessToken?: string;
  answers?: AnswerPair[];
  /**
   * Of a new attempt, a UUID: the same in each try, also after a reload, until a session comes, so that the gateway answers
   * a try whose first answer was lost with the session that it made then. As secret as a resume token.
   */
  openId?: string;
}

/** What the gateway, or the road to it, refuses; `kind` picks the screen. */
interface Trouble {
  kind: 'network' | 'taken' | 'token' | 'stop';
  code: string;
}

interface State {
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

type Action =
  | { type: 'info'; info: Test }
  | { type: 'starting' }
  | { type: 'begin' }
  /**
   * What is unsaved is shown over the session's answers. Another device may have answered such a question since, and then that
   * stands: nobody but the gateway can tell, and it does so in the session that the player asks for after the acks.
   */
  | { type: 'session'; message: SessionMessage; unsaved: Entry[] }
  | { type: 'answer'; value: string[] }
  | { type: 'back' }
  | { type: 'pending'; pending: number }
  | { type: 'refused'; question: string }
  | { type: 'pause'; after: number; yielded: boolean }
  | { type: 'resumed'; questions: Question[]; next: string | null }
  | { type: 'finished'; resultKey: string }
  | { type: 'online'; online: boolean }
  | { type: 'trouble'; trouble: Trouble };

type FirstTexts = typeof import('./texts/ru.js').texts;
type LaterTexts = typeof import('./texts/ru-later.js').texts;
type Texts = FirstTexts & LaterTexts;

/** What a question type gets to draw itself. */
interface TypeContext {
  question: Question;
  value: string[] | null;
  t: Texts;
  /** A picture that keeps its place, if there is one; `alt` as it is: '' for mere decoration. */
  picture: (owner: Pictured, alt: string) => HTMLElement | null;
  /**
   * Tells what is chosen; null for nothing that the gateway takes. `advance` when the visitor meant to go on, not merely to
   * look around. While something is `missing`, a submit says so; when the time runs out the value counts all the same.
   */
  choose: (value: string[] | null, advance?: boolean, missing?: string) => void;
  /** What a submit takes as long as nothing is chosen; when the time runs out it is no answer. */
  propose: (value: string[]) => void;
  /** Through the live region. */
  say: (text: string) => void;
  /** A native radio of the question's one group, which calls `choose` itself. */
  radio: (value: string) => HTMLInputElement;
}

/** A module in types/. What it says of how to answer has the id `hint`. */
interface QuestionType {
  render: (context: TypeContext) => HTMLElement;
}

interface ScreenContext {
  state: State;
  t: Texts;
  /** Level of the headings, 1 to 6. */
  level: number;
  /** An earlier attempt in this tab can be continued. */
  resumable: boolean;
  /** Address of reports, without the result's key, where the host asks for the visitor's. */
  report: string | null;
}

/** Who owns a Connection. */
interface ConnectionOwner {
  /** The `open` message; asked for anew at each connection. */
  greet: () => object;
  onMessage: (message: ServerMessage) => void;
  /** No channel just now; it comes back by itself. */
  onDown: () => void;
  /** No channel until `open()` is called again. */
  onVerdict: (verdict: 'stop' | 'taken' | 'renew', code: number) => void;
}

/** Who listens to a Player. */
interface PlayerListener {
  onChange: (state: State) => void;
  /** Events of docs/widget.md, without their prefix. False: the host cancelled it. */
  onEvent: (name: string, detail: object, cancelable?: boolean) => boolean;
  /** The attempt that this tab remembered is gone: begin at the beginning. */
  onForgotten: () => void;
}

/** What a question's screen can do. */
interface QuestionActions {
  /** Answers this question, if it is still the one on the screen; `acted`: by the visitor, so the focus follows. */
  answer: (question: string, value: string[], acted?: boolean) => void;
  /** Through the live region. */
  say: (text: string) => void;
  autoAdvance: () => boolean;
  setAutoAdvance: (on: boolean) => void;
  /** Resolves an image's address against the gateway. */
  asset: (path: string) => string;
}

/** Nodes of a screen; what is none is left out. */
type DrawScreen = (context: ScreenContext) => Child[];

/** What the element lends the stage. */
interface Face {
  host: HTMLElement;
  /** Asked for at each drawing. */
  context: () => { t: Texts; locale: string; level: number; resumable: boolean; report: string | null };
  actions: QuestionActions;
  /** Brings the words of the later screens. */
  learn: () => Promise<void>;
  /** The question on the screen can't be shown. */
  onStuck: () => void;
}

type Attributes = Record<string, string | number | boolean | null | undefined>;
type Child = Node | string | 0 | null | false | undefined;

/** By locale: the words up to the first question, and the rest. */
type Languages = Record<string, [() => Promise<{ texts: FirstTexts }>, () => Promise<{ texts: LaterTexts }>]>;

/** Requests begun before the element's class had come, by address. Each is used once. */
type Early = Map<string, Promise<Response> | WebSocket>;

type Timer = ReturnType<typeof setTimeout>;
