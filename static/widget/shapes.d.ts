/**
 * The types that the widget's modules share, for the type checker and the reader; pages do not load this file. Names on the
 * wire are those of docs/protocol/widget-channel.md.
 */

/** What may have a picture: its URL (relative to the gateway), its alternative text, and [width, height] in pixels. */
interface Pictured {
  image?: string | null;
  image_alt?: string | null;
  image_size?: [number, number] | null;
}

interface Choice extends Pictured {
  /** What answers name it by, where that is not its value. */
  id?: string;
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
  /** Seconds after which the question is answered with []. */
  timer?: number | null;
  count?: number | null;
  back?: boolean | null;
  forward?: boolean | null;
  options?: Choice[] | null;
  fields?: Field[] | null;
}

/** The public info of a test. The `test` of a `session` message has the same fields, with `title` instead of `name`. */
interface Test {
  slug: string;
  /** Counts the editions of the test. An attempt keeps its own. */
  version?: number | null;
  locale?: string | null;
  name?: string | null;
  title?: string | null;
  description?: string | null;
  instruction?: string | null;
  authors?: string[] | null;
  /** In minutes. */
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
  /** Counts the openings of the attempt, from 1. Older gateways have no generations. */
  generation?: number;
  /** The highest `seq` that is stored in any generation. It is for information only. */
  seq: number;
  next: string | null;
  result_key?: string | null;
};

/** All answers of the generation up to and including `seq` are durable. Without `generation` it is the current one. */
type AckMessage = { type: 'ack'; seq: number; generation?: number };

/** Where a test is taken. With `sandbox` guests live in the provider's sandbox. */
interface Place {
  gateway: string;
  provider: string;
  test: string;
  /** The wanted languages, see languages.js. */
  locale: string;
  sandbox?: boolean;
}

/** What a host offers in the pause: a price, as a text for the visitor, and the address of the page to pay. */
interface Offer {
  price?: string;
  href?: string;
}

/** What was typed or chosen, by question, and not given as an answer. */
type Drafts = Map<string, string[]>;

type PauseMessage = { type: 'pause'; after: number; answers: AnswerPair[]; session: string };

type ErrorMessage = {
  type: 'error';
  code: string;
  message: string;
  /** The `seq` of a refused answer. Without `generation` it is of the current one. */
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
  | { type: 'pong'; now?: number }
  | { type: 'bye'; retry_after_ms?: number };

/**
 * An answer with its place, (generation, seq): the opening of the attempt in which the visitor answered, and its number
 * there. It is sent under that place until it is acknowledged or refused, however often the connection breaks. The gateway
 * recognises a repeated answer by its place, and of a question's answers the one with the highest place counts. There is no
 * generation if the gateway has none.
 */
interface Entry {
  generation?: number;
  seq: number;
  question: string;
  value: string[];
}

/** Snapshots of the previous version have no generations, and also contain acknowledged answers, up to `acked`. */
interface OutboxSnapshot {
  generation?: number;
  entries: Entry[];
  acked?: number;
}

/** What a tab remembers about an attempt. */
interface Remembered {
  session: string;
  resumeToken: string;
  outbox: OutboxSnapshot;
  /** Those that the screen knows, but for the outbox. Earlier versions kept none. */
  answers?: AnswerPair[];
}

/**
 * What a tab remembers while an attempt is being opened: its `open_id`, what identifies the opening, and the answers that
 * were given meanwhile, to questions of this version of the test.
 */
interface Expected {
  openId: string;
  opening: string;
  outbox?: OutboxSnapshot;
  version?: number | null;
}

/** A test with its questions, as they are known before the gateway has opened the attempt. */
interface Foreseen {
  test: Test;
  questions: Question[];
}

/** What an attempt is opened with. Without `session` and `resumeToken` it is a new one. */
interface Opening {
  session?: string;
  resumeToken?: string;
  accessToken?: string;
  answers?: AnswerPair[];
  /**
   * A UUID that identifies the opening of a new attempt. It is the same in each try, also after a reload, until the attempt
   * is open. If an answer was lost, the gateway then answers the next try with the attempt that it has made. It is as
   * secret as a resume token.
   */
  openId?: string;
}

/** An error of the gateway or of the connection; `kind` chooses the screen. */
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
  /** Whether what is pending survives a reload. */
  kept: boolean;
  pauseAfter: number;
  /** Whether the host shows its own pause screen. */
  yielded: boolean;
  offer: Offer | null;
  resultKey: string | null;
  trouble: Trouble | null;
  /** Questions whose answer was refused, which their screens say. */
  refused: ReadonlySet<string>;
  /** Whether the visitor has gone on from the instruction. */
  begun: boolean;
  /** The questions are shown before the gateway has opened the attempt. */
  ahead: boolean;
  /** Meanwhile the first connection is being made, and nothing is known to be wrong. */
  reaching: boolean;
}

type Action =
  | { type: 'info'; info: Test }
  | { type: 'starting'; informed: boolean }
  | { type: 'begin' }
  /** The visitor need not wait for the gateway, since the questions are known. */
  | { type: 'ahead'; session: string | null; foreseen: Foreseen; answers: AnswerPair[] }
  | { type: 'forgotten' }
  /**
   * Unsaved answers are shown in place of those of the message. Another device may have answered such a question since, and
   * its answer may count. Only the gateway knows that, and tells it in the `session` message that the player asks for after
   * the acks.
   */
  | { type: 'session'; message: SessionMessage; unsaved: Entry[] }
  | { type: 'answer'; value: string[] }
  | { type: 'back' }
  | { type: 'pending'; pending: number; kept: boolean }
  | { type: 'offer'; offer: Offer }
  | { type: 'refused'; question: string }
  | { type: 'pause'; after: number; yielded: boolean }
  | { type: 'resumed'; questions: Question[]; next: string | null }
  | { type: 'finished'; resultKey: string }
  | { type: 'online'; online: boolean }
  | { type: 'reopening' }
  | { type: 'trouble'; trouble: Trouble };

type FirstTexts = typeof import('./texts/ru.js').texts;
type LaterTexts = ReturnType<typeof import('./texts/ru-later.js').texts>;
type Texts = FirstTexts & LaterTexts;

/** What a type of questions gets to draw a question. */
interface TypeContext {
  question: Question;
  /** A draft or an answer. A draft may have too few values. */
  value: string[] | null;
  t: Texts;
  /** The owner's picture, if it has one; it keeps its size while it loads. An empty `alt` marks decoration. */
  picture: (owner: Pictured, alt: string) => HTMLElement | null;
  /**
   * Tells what is chosen; null if it is nothing that the gateway accepts. `advance` says that the visitor wants to go on.
   * While there is a text in `missing`, a submit only shows it. When the time runs out, the value counts in any case.
   * `draft` is what the question is drawn with if it is drawn again before it is answered; usually the value.
   */
  choose: (value: string[] | null, advance?: boolean, missing?: string, draft?: string[] | null) => void;
  /** Tells the value of a submit while nothing is chosen. It does not count when the time runs out. */
  propose: (value: string[]) => void;
  /** Announces a text through the live region. */
  say: (text: string) => void;
  /** Makes a native radio button of the question's group, which calls `choose` itself. */
  radio: (value: string) => HTMLInputElement;
}

/** A module in types/. Its element that explains how to answer has the id `hint`. */
interface QuestionType {
  render: (context: TypeContext) => HTMLElement;
}

interface ScreenContext {
  state: State;
  t: Texts;
  /** The level of headings, 1 to 6. */
  level: number;
  /** Whether an earlier attempt in this tab can be continued. */
  resumable: boolean;
  /** The address of reports, without the result's key, if the host wants the report to be shown. */
  report: string | null;
  /** Whether guests live in the provider's sandbox, which the visitor is told. */
  sandbox: boolean;
  /** Something failed to load, and is tried again. */
  stuck: boolean;
  /** What was typed or chosen for a question, and not given as an answer. */
  draft: (question: string) => string[] | null;
}

/** The owner of a Connection. */
interface ConnectionOwner {
  /** Returns the `open` message. It is called at each connection. */
  greet: () => object;
  onMessage: (message: ServerMessage) => void;
  /** Called when the channel is down. It comes back by itself. */
  onDown: () => void;
  /** Called when the channel is closed until `open()` is called again. */
  onVerdict: (verdict: 'stop' | 'taken' | 'renew', code: number) => void;
}

/** The listener of a Player. */
interface PlayerListener {
  onChange: (state: State) => void;
  /** Called with an event of docs/widget.md, without its prefix; returns false if the host cancelled it. */
  onEvent: (name: string, detail: object, cancelable?: boolean) => boolean;
  /** Called when the attempt that this tab remembered does not exist any more. */
  onForgotten: () => void;
}

/** What the screen of a question can do. */
interface QuestionActions {
  /** Answers the question if it is still on the screen. If the visitor `acted`, the next screen takes the focus. */
  answer: (question: string, value: string[], acted?: boolean) => void;
  /** Keeps what is typed or chosen; null if it is nothing new. */
  keepDraft: (question: string, value: string[] | null) => void;
  /** Announces a text through the live region. */
  say: (text: string) => void;
  autoAdvance: () => boolean;
  setAutoAdvance: (on: boolean) => void;
  /** Asks the gateway for its time, in milliseconds. It may never come. */
  askTime: () => Promise<number>;
  /** Resolves the URL of a picture relative to the gateway. */
  asset: (path: string) => string;
}

/** Draws a screen. What is not a node is left out. */
type DrawScreen = (context: ScreenContext) => Child[];

/** What the stage uses of the element. */
interface Face {
  host: HTMLElement;
  /** It is called at each drawing. */
  context: () => Omit<ScreenContext, 'state' | 'stuck'>;
  actions: QuestionActions;
  /** Loads the texts of the later screens. */
  learn: () => Promise<void>;
  /** Called when the question can't be shown. */
  onStuck: () => void;
}

type Attributes = Record<string, string | number | boolean | null | undefined>;
type Child = Node | string | 0 | null | false | undefined;

/** What carries the messages of an attempt: a WebSocket, or what looks like one. */
interface Line {
  readonly readyState: number;
  onopen: ((event?: any) => void) | null;
  onmessage: ((event: any) => void) | null;
  onclose: ((event: any) => void) | null;
  send: (message: string) => void;
  close: () => void;
}

/** A socket that was opened before the code that needs it had loaded. */
interface EarlySocket {
  socket: WebSocket;
  /** The `open` that was sent already. */
  greeting?: string;
  /** What has come since. */
  inbox: unknown[];
}

/** Requests that began before the element's class had loaded, by address. Each is used once. */
type Early = Map<string, Promise<Response> | EarlySocket>;

type Timer = ReturnType<typeof setTimeout>;

/** What the host's page remembers of a frame. */
interface FrameAttempt {
  session: string;
  token: string;
  sandbox: boolean;
}

/** What frame.js tells the page in its frame first. */
interface FrameHello {
  /** All attributes that the host's element may pass on; null for those that it does not have. */
  attributes: Record<string, string | null>;
  /** The language of the host's page. */
  lang: string;
  /** The attempt that the frame showed before its element was moved. It goes on, whatever the attributes say. */
  moved?: FrameAttempt | null;
  /** The attempt that the host's page remembers of an earlier visit. */
  kept?: FrameAttempt | null;
}

/** A call of a method of `<test-widget-frame>` that has no answer. */
interface FrameCall {
  message: { call: string; id: number; args: unknown[] };
  resolve: (result: unknown) => void;
  reject: (error: unknown) => void;
}

/** What the page in the frame tells frame.js. */
interface FrameMessage {
  /** The height of the content in pixels. */
  height?: number;
  title?: string;
  /** What the host's page is to remember. */
  attempt?: FrameAttempt;
  /** The number of the call that is answered. */
  reply?: number;
  result?: unknown;
  error?: unknown;
  event?: string;
  detail?: any;
}
