/** What the frameworks' components make of their properties. */

/** @param {boolean | undefined} value */
const onOff = (value) => (value === undefined ? undefined : value ? 'on' : 'off');

/**
 * The attributes of an element, but for `test`. The element begins when it has that one too, and the components set it when
 * they listen: of a page that a server has rendered, the element is there long before its component.
 *
 * @param {import('../types/index.js').TestWidgetProps} props
 */
export function attributesOf(props) {
  return {
    provider: props.provider,
    gateway: props.gateway,
    locale: props.locale,
    theme: props.theme,
    'start-mode': props.startMode,
    session: props.session,
    'resume-token': props.resumeToken,
    'access-token': props.accessToken,
    'heading-level': props.headingLevel,
    'auto-advance': onOff(props.autoAdvance),
    'show-result': onOff(props.showResult),
    sandbox: props.sandbox ? '' : undefined,
  };
}
