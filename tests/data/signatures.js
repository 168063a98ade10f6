// Makes signatures.json: `npm install jsonwebtoken`, then `node signatures.js > signatures.json`. The same every time.
const fs = require('fs');
const crypto = require('crypto');
const jwt = require('jsonwebtoken');

// The vendor's example of how a receiver validates, word for word (B:3529-3532) but for `function`.
function validateSignature(body, signature, timestamp, secret) {
    const result = jwt.verify(signature, secret);
    return result === `${timestamp.toString()}.${JSON.stringify(body)}`;
}

// So the sender does this: the payload is a string, not a claims object.
function sign(body, timestamp, secret, algorithm) {
    return jwt.sign(`${timestamp}.${JSON.stringify(body)}`, secret, { algorithm });
}

const DOCUMENTED = 'Y2No6tuPrX'; // B:3565
const LONG = 'b7c1f0e29d5a4836'.repeat(8);
const ACCENTED = 'segredo-não-é-segurança-🔑';
const SECONDS = '1711463400';
const MILLISECONDS = '1711463400000';

const long = JSON.stringify({
  _id: '65f0c0ffee0000000000000f', codeName: 'bloq.courier_authentication', bloq: '5d5a6e83d1682b7194fc5f91',
  message: 'a long event', metadata: {
    attempts: Array.from({ length: 64 }, (_, n) => ({
      n, at: new Date(1711463400000 + n * 60000).toISOString(), code: String(100000 + n * 7919), courier: `Zoë-${n}`, accepted: n % 3 === 0,
    })),
  }, actionInitiatedBy: { source: 'locker' },
});

const vectors = [
  ['ascii', DOCUMENTED, MILLISECONDS, 'HS256',
    String.raw`{"_id":"65f0c0ffee00000000000001","codeName":"locker.locker_opened","locker":"5d5a6e83d1682b7194fc5f9c","bloq":"5d5a6e83d1682b7194fc5f91","metadata":{},"actionInitiatedBy":{"role":"admin","id":"6169a0a732452574e5e247ea","source":"public_api"}}`],
  ['ascii, timestamp in seconds', DOCUMENTED, SECONDS, 'HS256',
    String.raw`{"_id":"65f0c0ffee00000000000002","codeName":"locker.locker_closed","locker":"5d5a6e83d1682b7194fc5f9c"}`],
  ['empty object', DOCUMENTED, MILLISECONDS, 'HS256', String.raw`{}`],
  ['non-ascii, integer-like keys in order', DOCUMENTED, MILLISECONDS, 'HS256',
    String.raw`{"_id":"65f0c0ffee","codeName":"rent.in_progress","rent":"5f85c02704d61b14f47c78a0","locker":"5d5a6e83d1682b7194fc5f9c","metadata":{"2":"b","10":"a","n":1,"é":"ç"},"actionInitiatedBy":{"role":"customer","id":"x","source":"locker"}}`],
  ['non-ascii, several scripts, line separators', DOCUMENTED, MILLISECONDS, 'HS256',
    '{"_id":"65f0c0ffee00000000000003","codeName":"rent.drop_off_cancellation","message":"Não cabe; كراچی, 東京, Ωμέγα","title":"a\u2028b\u2029c\u00a0d\ufeffe"}'],
  ['emoji', DOCUMENTED, SECONDS, 'HS256',
    '{"_id":"65f0c0ffee00000000000004","codeName":"rent.finished","message":"📦➡️👩‍👧 🇵🇹","metadata":{"🔑":"🚪"}}'],
  ['escapes that are written out when signed', DOCUMENTED, MILLISECONDS, 'HS256',
    String.raw`{"_id":"65f0c0ffee00000000000005","codeName":"bloq.print_label_error","message":"\u00e9 \ud83d\ude00 \/ \u0041 \u2028 \u007f \u0022 \u005C \u000A"}`],
  ['escapes that stay, and a lone surrogate', DOCUMENTED, MILLISECONDS, 'HS256',
    String.raw`{"_id":"65f0c0ffee00000000000006","codeName":"bloq.print_label_error","message":"\" \\ \b \f \n \r \t \u0000 \u001f \ud83d / </script>"}`],
  ['integer-like keys out of order', DOCUMENTED, MILLISECONDS, 'HS256',
    String.raw`{"codeName":"rent.created","metadata":{"b":1,"10":"a","2":"b","01":"c","-1":"d","4294967295":"e","4294967294":"f","1.5":"g","0":"h"},"_id":"65f0c0ffee00000000000007"}`],
  ['numbers that are written anew when signed', DOCUMENTED, MILLISECONDS, 'HS256',
    String.raw`{"metadata":[1.0,-0,-0.0,1e21,1E5,1e-7,0.0000001,0.000001,1.10,100000000000000000000,9007199254740993,12345678901234567890,1e400,5e-324,0.30000000000000004]}`],
  ['numbers as JavaScript writes them', DOCUMENTED, SECONDS, 'HS256',
    String.raw`{"metadata":[1,0,-1,1e+21,1e-7,0.000001,1.1,100000000000000000000,9007199254740992,5e-324,38.707163,-9.135517]}`],
  ['spaces and lines', DOCUMENTED, MILLISECONDS, 'HS256',
    '{\n  "_id": "65f0c0ffee00000000000008",\n  "codeName": "rent.expired",\n  "metadata": { },\n\t"list": [ 1, 2 ]\r\n}\n'],
  ['a key twice, and __proto__', DOCUMENTED, MILLISECONDS, 'HS256',
    String.raw`{"_id":"old","codeName":"rent.extended","__proto__":{"a":1},"_id":"65f0c0ffee00000000000009","constructor":null}`],
  ['nested, with dots like a timestamp', LONG, MILLISECONDS, 'HS384',
    String.raw`{"_id":"65f0c0ffee0000000000000a","codeName":"rent.started","message":"1711463400000.{}","metadata":{"a":[[],{},[{"b":[null,true,false,[0]]}]],"":{"":""}},"customer":null}`],
  ['non-ascii secret', ACCENTED, SECONDS, 'HS256',
    String.raw`{"_id":"65f0c0ffee0000000000000b","codeName":"customer.customer_updated","customer":"23d4bcebd23c5468b647bd42"}`],
  ['long non-ascii secret', ACCENTED.repeat(6), MILLISECONDS, 'HS512',
    String.raw`{"_id":"65f0c0ffee0000000000000c","codeName":"customer.customer_created","title":"Olá"}`],
  ['short secret, HS512', DOCUMENTED, SECONDS, 'HS512',
    String.raw`{"_id":"65f0c0ffee0000000000000d","codeName":"bloq.reconnected","bloq":"5d5a6e83d1682b7194fc5f91"}`],
  ['long body', DOCUMENTED, MILLISECONDS, 'HS256', long],
].map(([name, secret, timestamp, algorithm, raw]) => {
  const body = JSON.parse(raw);
  const signature = sign(body, timestamp, secret, algorithm);
  if (!validateSignature(body, signature, timestamp, secret)) throw new Error(name);
  return { name, secret, timestamp, raw, signed: JSON.stringify(body), algorithm, signature };
});

// What a receiver that knows `secret` and got `raw` has to refuse.
const RAW = '{"_id":"65f0c0ffee0000000000000e","codeName":"rent.finished","rent":"5f85c02704d61b14f47c78a0"}';
const BODY = JSON.parse(RAW);
const payload = `${MILLISECONDS}.${RAW}`;
const segment = (text) => Buffer.from(text).toString('base64url');
const forged = (header, key) => {
  const message = `${segment(JSON.stringify(header))}.${segment(payload)}`;
  return `${message}.${key ? crypto.createHmac('sha256', key).update(message).digest('base64url') : ''}`;
};

const refused = [
  ['alg none', 'none', jwt.sign(payload, null, { algorithm: 'none' }),
    'The header says that there is no signature, and there is none: everybody can write this.'],
  ['another spelling of none', 'nOnE', forged({ alg: 'nOnE' }),
    'As alg none; a receiver that looks for the lower-case word only would miss it.'],
  ['no signature under HS256', 'HS256', forged({ alg: 'HS256' }),
    'The header promises a signature and the third segment is empty.'],
  ['wrong secret', 'HS256', sign(BODY, MILLISECONDS, 'Y2No6tuPrY', 'HS256'),
    'Signed with another secret.'],
  ['another body', 'HS256', sign({ ...BODY, codeName: 'rent.cancelled' }, MILLISECONDS, DOCUMENTED, 'HS256'),
    'The signature is genuine, but what it signs is another body than the one that came.'],
  ['RS256 over an HMAC', 'RS256', forged({ alg: 'RS256' }, DOCUMENTED),
    'The header names an algorithm of public keys, the bytes are the HMAC-SHA256 with the right secret: a receiver may not take an algorithm that was not agreed.'],
  ['claims instead of the string', 'HS256', jwt.sign({ timestamp: MILLISECONDS, body: BODY }, DOCUMENTED, { algorithm: 'HS256', noTimestamp: true }),
    'Signed with the right secret, but the payload is a claims object and not "<timestamp>.<body>".'],
].map(([name, algorithm, signature, why]) => {
  let valid = false;
  try { valid = validateSignature(BODY, signature, MILLISECONDS, DOCUMENTED); } catch (error) { if (error.name !== 'JsonWebTokenError') throw error; }
  if (valid) throw new Error(name);
  return { name, secret: DOCUMENTED, timestamp: MILLISECONDS, raw: RAW, signed: JSON.stringify(BODY), algorithm, signature, why };
});

const text = JSON.stringify({
  made_with: `jsonwebtoken ${require('jsonwebtoken/package.json').version}, node ${process.versions.node}`,
  recipe: fs.readFileSync(__filename, 'utf8').trimEnd().split('\n'),
  vectors, refused,
}, null, 1);
// What an editor would not show, or would take for the end of a line, is written as an escape.
process.stdout.write(text.replace(/[\u007f-\u00a0\u200d\u2028\u2029\ufe0f\ufeff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`) + '\n');
