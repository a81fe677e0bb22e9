/** What the home and the editor's desk say in English. */
const rules = new Intl.PluralRules('en');
const dates = new Intl.DateTimeFormat('en', { dateStyle: 'long' });
const times = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });

/** @param {number} n @param {string} one @param {string} other */
const counted = (n, one, other) => `${n.toLocaleString('en')} ${rules.select(n) === 'one' ? one : other}`;

export const texts = {
  popular: 'Opened most',
  fresh: 'New questions',
  unansweredYet: '– no answer yet',
  ask: 'Ask a question',
  askShort: 'Ask',
  desk: 'Editing',
  unanswered: 'Unanswered questions',
  searches: 'Searches without hits',
  archive: 'Archive',
  pages: 'External pages',
  /** @param {number} n */
  count: (n) => counted(n, 'entry', 'entries'),
  allAnswered: 'Every question has an answer.',
  allFound: 'Nothing to work through: every other search of the last 30 days finds something by now.',
  archiveEmpty: 'The archive is empty.',
  noPages: 'There are no external pages yet.',
  searchesHint: 'What people have searched for within 30 days and what still finds nothing. An entry leaves the list once something is found: write an answer, or add the word to the keywords of an answer that fits. Dismiss what needs no answer.',
  /** @param {number} count @param {number} users @param {Date} at */
  searched: (count, users, at) => `${counted(count, 'search', 'searches')} by ${counted(users, 'person', 'people')}, last on ${dates.format(at)}`,
  dismiss: 'Dismiss',
  /** @param {string} name */
  dismissThis: (name) => `Dismiss: ${name}`,
  dismissed: 'Dismissed',
  /** @param {string} name */
  wasDismissed: (name) => `Dismissed for all editors: ${name}.`,
  /** @param {string} name */
  wasBroughtBack: (name) => `Back in the list: ${name}.`,
  dismissedSearches: 'Dismissed searches',
  dismissedProposals: 'Dismissed proposals',
  dismissedHint: 'What editors have taken off the list. Any editor may bring it back.',
  noneDismissed: 'Nothing is dismissed.',
  answerIt: 'Answer',
  /** @param {string} title */
  answerThis: (title) => `Answer: ${title}`,
  writeAnswer: 'Write an answer',
  /** @param {string} query */
  writeAnswerTo: (query) => `Write an answer to “${query}”`,
  edit: 'Edit a question',
  editIt: 'Edit',
  archiveIt: 'Archive',
  archived: 'The question is in the archive: lists and search no longer have it.',
  restore: 'Bring back',
  /** @param {string} title */
  restoreThis: (title) => `Bring back: ${title}`,
  versions: 'Versions',
  /** @param {string} title */
  versionsOf: (title) => `Versions: ${title}`,
  /** @param {number} number @param {string} name @param {Date} at */
  version: (number, name, at) => `${number} – ${times.format(at)}, ${name}`,
  inArchive: '– archived',
  before: 'From',
  after: 'To',
  differences: 'Differences',
  same: 'The title, the keywords and the answer are the same.',
  removedText: '[removed:] ',
  addedText: '[added:] ',
  editFormer: 'Edit the text of the left version',
  title: 'Question',
  titleMissing: 'Write the question first.',
  keywords: 'Keywords',
  keywordsHint: 'Enter or a comma adds a keyword.',
  chosenKeywords: 'Chosen keywords',
  suggestedKeywords: 'Keywords in use',
  /** @param {string} word */
  removeKeyword: (word) => `Remove the keyword ${word}`,
  /** @param {string} word */
  keywordAdded: (word) => `Added: ${word}`,
  /** @param {string} word */
  keywordRemoved: (word) => `Removed: ${word}`,
  answer: 'Answer',
  markdownHint: 'Markdown: **bold**, [link](https://…), lists, tables. Leave it empty if there is no answer yet.',
  preview: 'Preview',
  previewEmpty: 'The answer will be shown here as readers see it.',
  previewFailed: 'The preview can’t be made just now.',
  save: 'Save',
  cancel: 'Discard',
  conflict: 'Somebody else has changed this question',
  /** @param {string} name @param {Date} at */
  conflictHint: (name, at) => `${name} saved a change on ${times.format(at)}. It is shown below; what you had not touched is taken over into the form. Compare, put together what is needed, and save again.`,
  goneMeanwhile: 'The question has been archived meanwhile. Your text is still here.',
  draftKept: 'This is what you had typed and not saved yet.',
  forbidden: 'Only the author and editors may do this.',
  addPage: 'Add the page',
  pageUrl: 'Address of the page',
  pageTitle: 'Title (else the page’s own)',
  pageText: 'Text (else it is fetched)',
  pageTextHint: 'Give the text of pages that need a sign-in or are in an internal network: they can’t be fetched.',
  reading: 'Reading the page…',
  /** @param {string} title */
  pageAdded: (title) => `Added: ${title}`,
  /** @param {string} resource @param {string} name @param {Date} at */
  pageAbout: (resource, name, at) => `${resource}, added by ${name}, read on ${dates.format(at)}`,
  showText: 'Text that is searched',
  remove: 'Remove',
  synonyms: 'Synonyms',
  synonymsHint: 'A search for any of these words, in any form, also finds the others. The next search uses a change.',
  proposals: 'Proposed',
  proposalsHint: 'The first words found nothing; people then searched for the second and opened an answer.',
  /** @param {number} users */
  usersAlike: (users) => counted(users, 'person', 'people'),
  noProposals: 'Nothing is proposed at the moment.',
  noSynonyms: 'There are no synonyms yet.',
  addSynonyms: 'Add the synonyms',
  synonymWords: 'Words or phrases, separated by commas',
  oneWay: 'Only the first one finds the others',
  twoWords: 'Give two words at least, separated by commas.',
  /** @param {string} name */
  editThis: (name) => `Edit: ${name}`,
  /** @param {string} name @param {Date} at */
  changedBy: (name, at) => `${name}, ${dates.format(at)}`,
  /** @param {string} title */
  removeThis: (title) => `Remove: ${title}`,
};
