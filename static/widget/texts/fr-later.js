/** The French texts after the first question, or of few tests only. */

/** @typedef {typeof import('./fr.js').of} Of */

/** @param {Of} of @param {number} seconds */
function time(of, seconds) {
  const minutes = Math.floor(seconds / 60);
  const rest = seconds % 60;
  return [minutes && of(minutes, 'minute', 'minutes'), (rest || !minutes) && of(rest, 'seconde', 'secondes')].filter(Boolean).join(' ');
}

/**
 * It imports nothing: Firefox remembers modules that failed, and `fr.js` may have come at another address.
 *
 * @param {Of} of @returns {LaterTexts}
 */
export const texts = (of) => ({
  refused: 'Cette réponse n’a pas pu être acceptée. Veuillez la choisir de nouveau.',
  again: 'Refaire le test',
  waiting: 'Enregistrement de vos réponses',
  waitingForNetwork: 'En attente de la connexion',
  waitingText: 'Cela ne prend d’ordinaire qu’un instant. Veuillez laisser la page ouverte.',
  waitingOffline: 'Vos réponses sont conservées dans cet onglet et seront envoyées dès que la connexion sera rétablie. Veuillez laisser l’onglet ouvert.',
  pause: 'Une petite pause',
  pauseText: (done) => `Vous avez répondu à ${of(done, 'question', 'questions')}, et toutes vos réponses sont enregistrées.`,
  pauseLeft: (left) =>
    `Il reste ${of(left, 'question', 'questions')}. Le test reprendra de lui-même dès que le paiement sera confirmé.`,
  check: 'Vérifier le paiement',
  pay: 'Passer au paiement',
  payPrice: (price) => `Payer ${price}`,
  stay: (n) => `Hors connexion. Laissez cette page ouverte\u00a0: ${of(n, 'réponse', 'réponses')} en attente`,
  finished: 'Test terminé',
  finishedText: 'Merci\u202f! Toutes vos réponses sont enregistrées.',
  report: 'Votre résultat',
  openReport: 'Ouvrir le résultat dans une autre fenêtre',
  retry: 'Réessayer maintenant',
  trouble: {
    taken: ['Le test est ouvert dans une autre fenêtre', 'Vous pouvez continuer ici. Le test s’arrêtera alors dans l’autre fenêtre, et vos réponses seront conservées.'],
    token: ['Votre accès doit être renouvelé', 'Nous avons demandé à cette page un nouvel accès au test. Cela prend d’ordinaire quelques secondes.'],
    stop: ['Quelque chose s’est mal passé', 'Veuillez réessayer ou recharger la page.'],
    test_not_found: ['Test introuvable', 'Il a peut-être été retiré, ou l’adresse est erronée. Veuillez en informer les propriétaires de ce site.'],
    blocked: ['Le test n’est pas disponible sur cette page', 'Veuillez en informer les propriétaires de ce site\u00a0: les réglages du widget sont à vérifier.'],
    session_not_found: ['Cette tentative ne peut plus être reprise', 'Elle est terminée ou trop ancienne. Vous pouvez refaire le test.'],
    answers_unusable: ['Les réponses enregistrées sont inutilisables', 'Elles ne correspondent plus à ce test. Vous pouvez refaire le test.'],
    unsupported_question: ['Cette question ne peut pas être affichée', 'Veuillez recharger la page. Si cela ne suffit pas, informez-en les propriétaires de ce site.'],
  },
  timer: 'Temps restant',
  timeLeft: (seconds) => `Temps restant\u00a0: ${time(of, seconds)}`,
  timeUp: 'Le temps de la question précédente est écoulé.',
  image: 'Image de la question',
  scale: 'Indiquez ce qui vous est le plus proche',
  scaleStep: (n, of) => `Degré ${n} sur ${of}`,
  scaleMiddle: 'Au milieu',
  scaleLeaning: (text) => `Plutôt\u00a0: ${text}`,
  chooseSome: (count) => (count ? `Choisissez ${of(count, 'réponse', 'réponses')}` : 'Choisissez une ou plusieurs réponses'),
  chooseMore: (n) => `Choisissez encore ${of(n, 'réponse', 'réponses')}`,
  chosen: (n, count) => (count ? `Choix\u00a0: ${n} sur ${count}` : `Choix\u00a0: ${n}`),
  untick: 'Pour changer votre choix, décochez une réponse',
  field: (n) => (n ? `Réponse ${n}` : 'Votre réponse'),
  fillIn: (names) => (names.length ? `Veuillez remplir\u00a0: ${names.join(', ')}` : 'Veuillez écrire votre réponse'),
  notNumber: (name) => `Un nombre est attendu ici\u00a0: ${name}`,
  tooLong: (n) => `2000 caractères au plus, s’il vous plaît\u00a0: ${of(n, 'caractère', 'caractères')} de trop`,
  rank: 'Placez le plus important en haut\u00a0: glissez par les points, utilisez les boutons ou les flèches du clavier. Si l’ordre est déjà bon, continuez simplement.',
  place: (name, n, of) => `${name}\u00a0: place ${n} sur ${of}`,
  moveUp: (name) => `Monter\u00a0: ${name}`,
  moveDown: (name) => `Descendre\u00a0: ${name}`,
  takeOver: 'Continuer ici',
});
