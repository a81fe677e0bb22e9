import { useRef, useState } from 'react';
import { TestWidget, type PauseDetail, type TestWidgetElement } from '@widget-gateway/widget/react';

export interface Place {
  gateway: string;
  provider: string;
  test: string;
}

/** A page that keeps what it hears, shows a pause screen of its own, and calls the widget's methods. */
export function App({ gateway, provider, test }: Place) {
  const widget = useRef<TestWidgetElement>(null);
  const [heard, setHeard] = useState<string[]>([]);
  const [pause, setPause] = useState<PauseDetail | null>(null);
  const [theme, setTheme] = useState<'light' | 'dark' | undefined>();
  const tell = (line: string) => setHeard((lines) => [...lines, line]);

  return (
    <>
      <TestWidget
        ref={widget}
        gateway={gateway}
        provider={provider}
        test={test}
        locale="en"
        theme={theme}
        headingLevel={1}
        autoAdvance
        className="tested"
        data-lines={heard.length}
        onReady={({ detail }) => tell(`ready ${detail.state} ${detail.answered}/${detail.total}`)}
        onStart={({ detail }) => tell(`start ${detail.session}`)}
        onAnswer={({ detail }) => tell(`answer ${detail.question} ${detail.value.join()} after ${heard.length}`)}
        onPause={(event) => {
          event.preventDefault();
          setPause(event.detail);
          tell(`pause ${event.detail.after}`);
        }}
        onResumed={() => setPause(null)}
        onFinish={({ detail }) => tell(`finish ${detail.resultKey}`)}
        onError={({ detail }) => tell(`error ${detail.code}`)}
      >
        <div slot="welcome">
          <h1>Our own welcome</h1>
          <button data-action="start">Let’s go</button>
        </div>
      </TestWidget>
      {pause && <p role="alert">Please pay for {pause.session}</p>}
      <button onClick={() => tell(`state ${widget.current?.getState().screen}`)}>State</button>
      <button onClick={() => setTheme(theme ? undefined : 'dark')}>Theme</button>
      <ol>{heard.map((line, index) => <li key={index}>{line}</li>)}</ol>
    </>
  );
}
