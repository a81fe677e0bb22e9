/** The French texts up to the first question. */

const rules = new Intl.PluralRules('fr');
const { format } = new Intl.NumberFormat('fr');

/** @param {number} n @param {string} one 0 and 1 @param {string} other */
export function of(n, one, other) {
  return `${format(n)}\u00a0${rules.select(n) === 'one' ? one : other}`;
}

/** @type {FirstTexts} */
export const texts = {
  lang: 'fr',
  start: 'Commencer le test',
  resume: 'Continuer',
  restart: 'Recommencer',
  length: (n) => of(n, 'question', 'questions'),
  duration: (n) => `environ ${of(n, 'minute', 'minutes')}`,
  payment: (n) => `paiement après ${of(n, 'question', 'questions')}`,
  authors: (names) => `${names.length > 1 ? 'Auteurs' : 'Auteur'}\u00a0: ${names.join(', ')}`,
  instruction: 'Consignes',
  begin: 'Passer aux questions',
  position: (n, of) => `Question ${n} sur ${of}`,
  progress: 'Progression dans le test',
  back: 'Retour',
  next: 'Suivant',
  skip: 'Passer',
  finish: 'Terminer',
  autoAdvance: 'Passer aussitôt à la suite',
  autoAdvanceHint: 'Un clic, la barre d’espace ou Entrée choisit une réponse et ouvre la question suivante. Les flèches changent seulement le choix.',
  autoAdvanceOff: 'Désormais, le bouton «\u00a0Suivant\u00a0» ouvre la question suivante.',
  choose: 'Veuillez choisir une réponse pour continuer.',
  variant: (n) => `Choix ${n}`,
  saved: 'Enregistré',
  saving: 'Enregistrement…',
  offline: (n) => (n ? `Hors connexion. En attente d’envoi\u00a0: ${of(n, 'réponse', 'réponses')}` : 'Hors connexion'),
  loading: 'Chargement du test…',
  sandbox: 'Bac à sable\u00a0: pour des essais seulement',
  unreachable: ['Le serveur est injoignable', 'Veuillez vérifier votre connexion à Internet. Nous continuons, nous aussi, d’essayer.'],
};
