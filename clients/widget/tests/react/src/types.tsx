/** What the types refuse, and what they let through. It is checked, and never run. */
import { TestWidget, type TestWidgetElement } from '@widget-gateway/widget/react';
import { useRef } from 'react';

export function Right() {
  const bare = useRef<TestWidgetElement>(null);
  document.addEventListener('test-widget:pause', (event) => {
    event.detail.offer({ price: '990 ₽', href: `/checkout?session=${event.detail.session}` });
    event.target.back();
  });
  document.querySelector('test-widget')?.resume({ session: 'a', resumeToken: 'b' });
  return (
    <>
      <test-widget ref={bare} provider="college" test="x" start-mode="manual" access-token="t" sandbox id="a" />
      <TestWidget provider="college" test="x" onTokenNeeded={({ target }) => (target.accessToken = 'new')} />
    </>
  );
}

export function Wrong() {
  document.addEventListener('test-widget:finish', ({ detail }) => {
    // @ts-expect-error the key has another name
    return detail.result_key;
  });
  // @ts-expect-error answers are lists
  document.querySelector('test-widget')?.resume({ answers: [['1', 'a']] });
  return (
    <>
      {/* @ts-expect-error a test is needed */}
      <TestWidget provider="college" />
      {/* @ts-expect-error there is no such theme */}
      <TestWidget provider="college" test="x" theme="pink" />
      {/* @ts-expect-error there is no such attribute */}
      <TestWidget provider="college" test="x" sandboxed />
      {/* @ts-expect-error there is no such event */}
      <TestWidget provider="college" test="x" onPaused={() => {}} />
      {/* @ts-expect-error a pause has no result */}
      <TestWidget provider="college" test="x" onPause={({ detail }) => detail.resultKey} />
      {/* @ts-expect-error a test is needed */}
      <test-widget provider="college" />
      {/* @ts-expect-error there is no such mode */}
      <test-widget provider="college" test="x" start-mode="never" />
      {/* @ts-expect-error the element has no such attribute */}
      <test-widget provider="college" test="x" startMode="manual" />
      {/* @ts-expect-error there is no such element */}
      <tests-widget provider="college" test="x" />
    </>
  );
}
