/** What the page says in English. */
export const texts = {
  title: 'Cluster on this machine',
  intro:
    'Three members of a replica set, two gateways and the demo site. Kill or freeze any of them and watch the widget on the site: what it has acknowledged is never lost.',
  site: 'Demo partner site',
  gateways:
    'The site knows the first gateway only. The second one works on the same data: open it with your own client, or let the tests do so.',
  /** @param {string} name */
  primary: (name) => `Primary: ${name}`,
  noPrimary: 'No primary: the members elect one, and answers wait.',
  part: 'Part',
  address: 'Address',
  process: 'Process',
  state: 'State',
  actions: 'Actions',
  /** @type {Record<string, string>} */
  states: {
    primary: 'primary',
    secondary: 'secondary',
    starting: 'starting',
    running: 'running',
    frozen: 'frozen',
    dead: 'dead',
  },
  /** @type {Record<string, string>} */
  acts: {
    start: 'Start',
    restart: 'Restart',
    kill: 'Kill',
    freeze: 'Freeze',
    thaw: 'Thaw',
    'step-down': 'Step down',
  },
  /** @param {string} act @param {string} part */
  actOn: (act, part) => `${act}: ${part}`,
  gone: 'The command has ended, or does not answer.',
};
