"""The go-live list in English."""

HEADING = "Go-live list for {url} (sandbox, {seconds} s)"
SEEN = "Seen"
TO_DO = "To do"
WHY = "Why"
TOTALS = "{passed} passed, {failed} failed, {unseen} not seen."
READY = "Nothing that was seen speaks against going live."
NOT_READY = "Don't go live yet."

STATUSES = {"passed": "passed", "failed": "FAILED", "unseen": "not seen"}

STAGES = {
    "sign-in-by-hand": "Sign in and open the page with the widget, if it is not open. "
    "Pay only when you are asked to",
    "pay-by-hand": "Pay in the browser's window now, as your visitors do",
    "open": "The page is opened",
    "begin": "An attempt begins",
    "outage": "The gateway is cut off for a moment",
    "reload": "The page is reloaded",
    "elsewhere": "Two other devices go on, one without WebSockets",
    "pause": "The questions before the pause are answered",
    "pay": "The payment",
    "finish": "The rest is answered, the result is attached and shown",
    "token": "The access token expires",
    "received": "The gateway is asked about its webhooks",
    "webhook": "Webhooks are sent, valid and forged ones",
}

TITLES = {
    "origin-allowed": "The gateway lets the page's origin in",
    "csp-lets-widget": "The page's Content Security Policy lets the widget work",
    "widget-starts": "An attempt begins, in the sandbox",
    "survives-outage": "No answer is lost when a node of the gateway dies",
    "session-survives-reload": "After a reload the test goes on at the same question",
    "second-device": "The same person goes on at a second device, and comes back",
    "blocked-websocket": "The test works where no WebSocket comes through",
    "people-kept-apart": "Another person does not see this person's attempt",
    "pause-shown": "The test pauses, and all answers before the pause are stored",
    "payment-from-server": "Only your server can confirm a payment",
    "paid-goes-on": "After the payment the test goes on",
    "paid-once": "A payment that is sent twice is one payment",
    "finishes": "The test ends with a result",
    "attached": "Your server attaches the result",
    "result-after-attach": "The result is shown only once it is attached",
    "attach-checks-user": "Your server attaches results only for the person who took the test",
    "attached-once": "A result that is reported twice is one result",
    "result-shown": "The person sees the result",
    "expired-token": "An expired access token is replaced",
    "webhook-received": "Your webhook takes the gateway's deliveries",
    "webhook-verified": "Your webhook refuses deliveries that the gateway did not sign",
    "webhook-repeats": "Your webhook bears repeats and any order",
    "key-stays-on-server": "The secret key is in no page and no request of a browser",
}

ADVICE = {
    "origin-allowed": "Give the gateway's operator this origin for your list (provider update "
    "--origin), exactly as it is: scheme, host and port.",
    "csp-lets-widget": "Allow what was blocked: script-src, connect-src (https and wss) and "
    "img-src need the gateway's address. docs/widget.md has the strictest policy that works.",
    "widget-starts": "Look at provider, test and gateway of the element, and at the browser's "
    "console: without the widget's script nothing is shown.",
    "survives-outage": "The widget reconnects by itself and keeps the answers. Don't remove or "
    "restart it on test-widget:connection or test-widget:error.",
    "session-survives-reload": "Don't call restart() when the page loads, don't clear the tab's "
    "storage, and don't send Clear-Site-Data except at sign-in and sign-out. Or keep session and "
    "resumeToken of test-widget:start on your server and give them to the element.",
    "second-device": "Keep session and resumeToken of test-widget:start on your server with the "
    "person, and give them to the element as session and resume-token on any device.",
    "blocked-websocket": "Allow the gateway's https address in connect-src, too: where sockets are "
    "blocked, the widget goes on over it.",
    "people-kept-apart": "Give an attempt only to the person who began it, and send "
    'Clear-Site-Data: "storage" with sign-in and sign-out.',
    "pause-shown": "Don't change the widget's answers, and don't leave the page on its own before "
    'test-widget:pause. See docs/widget.md, "Payment at the pause".',
    "payment-from-server": "What was seen made an attempt paid that nobody had paid for. Call "
    "payment/confirm only on your server, and only after your payment provider has told your "
    "server of the money. A browser's word that it has paid is worth nothing.",
    "payment-from-server before-paying": "The attempt was paid before anybody paid: something on "
    "the page or your webhook confirms at the pause. Confirm when the money has come.",
    "paid-goes-on": "After payment/confirm (its session is the pause's) the widget goes on by "
    "itself; a return page must lead back to the page with the widget. Does the rehearsed site use "
    "the sandbox key?",
    "paid-once": "Keep one order per session (a unique key in your database), and use its number "
    "as payment_id: then a double click or a repeated request finds the order that exists.",
    "paid-once error": "Your server breaks when the same payment comes again. Answer as the first "
    "time.",
    "finishes": "The test did not end. Look at the browser's console for what removes or restarts "
    "the widget.",
    "attached": "On test-widget:finish send the session or resultKey to your server, which calls "
    "result/attach with its own user_id, and repeats it after 503. Does the rehearsed site "
    "use the sandbox key?",
    "result-after-attach": "Show the result only after your server has said that it is attached: "
    "what isn't attached belongs to nobody and can't be read.",
    "attach-checks-user": "Your server did what somebody else asked. Take the user only from the "
    "sign-in, never from the request, and only for a session that this user has begun.",
    "attach-checks-user nobody": "Somebody who isn't signed in could have the result attached. "
    "Check the sign-in first, and take the user from it, never from the request.",
    "attach-checks-user another": "Another person asked for the result of the first one, and your "
    "server agreed. Refuse sessions that the signed-in user has not begun.",
    "attached-once": "Keep results by their result_key (a unique key in your database). "
    "test-widget:finish comes again after a reload; result/attach may be repeated.",
    "attached-once error": "Your server breaks when the same result is reported again. Answer as "
    "the first time.",
    "attached-once sent-twice": "The page reports one finish twice. Add the listener once.",
    "result-shown": "Show the result after the attach, by result/get on your server.",
    "expired-token": "On test-widget:token-needed get a new token from your server and set the "
    "element's accessToken.",
    "webhook-received": "Answer with a status from 200 to 299 within 15 seconds, and work "
    "afterwards. webhook/replay sends again what failed.",
    "webhook-verified": "Check the signature over the body as it came, and the age (five "
    "minutes), with verify_webhook of our clients or any library of Standard Webhooks. Refuse with "
    "400 or 401.",
    "webhook-verified valid-refused": "A delivery that was signed with WEBHOOK_SECRET was refused. "
    "Does your server have the same secret, and does it check the body unparsed?",
    "webhook-repeats": "Remember each webhook-id that you have handled, in the same transaction "
    "as what you did about it.",
    "webhook-repeats order": "A valid event was refused since it came late or early. Take all, and "
    "ask session/get for the state.",
    "webhook-repeats twice": "A repeated event was refused. Answer 200 to an id that you know.",
    "key-stays-on-server": "Take the key out of everything that browsers get, then have it "
    "replaced (provider rotate-key): who has seen it can use it.",
}

REASONS = {
    "ended-early": "The visit ended before; repair what failed first.",
    "no-policy": "The page sends no Content-Security-Policy, so nothing is blocked. A policy "
    "protects your visitors; docs/widget.md has one.",
    "policy-works": "The page sends no Content-Security-Policy, so nothing is blocked. A policy "
    "protects your visitors; with the one above the widget works.",
    "no-sign-in": "The plan doesn't say how a person signs in (sign_in).",
    "no-second-person": "The plan tells of no second person who signs in (sign_in, people).",
    "no-pause": "This test has no pause.",
    "no-request": "Your site got no request when it was paid; the payment provider tells your "
    "server, whose repeats can't be seen from here.",
    "no-orders": "The plan doesn't say where orders are seen (orders).",
    "no-results": "The plan doesn't say where results are counted (results).",
    "no-messages": "The plan doesn't say where it is seen what webhooks do (messages or results).",
    "probe-failed": "The plan's steps to where this is seen (orders, results or messages) failed.",
    "no-result-in-plan": "The plan doesn't say how the result is shown (result).",
    "no-attach-request": "No request of the page named the session or the result's key.",
    "attached-by-server": "Your server attached it without a request of the page.",
    "no-token": "The page uses no access token.",
    "no-webhook": "No webhook was told (--webhook URL and WEBHOOK_SECRET).",
    "no-webhook-at-gateway": "The gateway has no deliveries for this attempt: no webhook is set.",
}
