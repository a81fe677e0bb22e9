// Initiates the replica set of compose.yaml and creates its users. It may run any number of times.

const { readFileSync } = require('node:fs');

const SECRETS = process.env.SECRETS ?? '/run/secrets';
const secret = (name) => readFileSync(`${SECRETS}/${name}`, 'utf8').trim();

const [, user, pwd, hosts] = secret('mongodb_uri').match(/^mongodb:\/\/([^:]+):([^@]+)@([^/]+)/);
const port = process.env.MONGODB_PORT ?? 27017;

const admin = new Mongo(`mongodb://127.0.0.1:${port}/?directConnection=true`).getDB('admin');
const root = { user: 'root', pwd: secret('mongodb_root_password') };

/** Whether the users exist already. Without them, MongoDB lets in who comes from its own machine. */
function signedIn() {
  try {
    return admin.auth(root.user, root.pwd).ok === 1;
  } catch {
    return false;
  }
}

if (!signedIn()) {
  try {
    admin.runCommand({
      replSetInitiate: {
        _id: 'widget_gateway',
        members: hosts.split(',').map((host, _id) => ({ _id, host })),
        // A new primary has all that a majority has acknowledged; more it need not wait for.
        settings: { catchUpTimeoutMillis: 1000 },
      },
    });
  } catch (error) {
    if (error.codeName !== 'AlreadyInitialized') throw error;
  }
  const deadline = Date.now() + 60_000;
  while (!admin.hello().isWritablePrimary) {
    if (Date.now() > deadline) throw new Error('mongo-1 does not become the primary');
    sleep(250);
  }
  admin.createUser({ ...root, roles: ['root'] }, { w: 'majority' });
  admin.auth(root.user, root.pwd);
}

if (!admin.getUser(user)) {
  admin.createUser({
    user,
    pwd,
    // The second role lets `widget-gateway doctor` read the configuration of the set.
    roles: [{ role: 'readWrite', db: 'widget_gateway' }, { role: 'clusterMonitor', db: 'admin' }],
  }, { w: 'majority' });
}
print('The replica set is ready.');
