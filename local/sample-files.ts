import { execFileSync } from 'node:child_process';
import { createCipheriv } from 'node:crypto';
import { createWriteStream, existsSync } from 'node:fs';
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32, deflateSync } from 'node:zlib';

const largeFileBytes = 300 * 1024 * 1024;

/**
 * Makes a folder of files of many kinds, the same ones every time. Does nothing where it was made before.
 */
export async function makeSampleFiles(folder: string, projectFolder: string): Promise<void> {
  const complete = `${folder}.complete`;
  if (existsSync(complete)) return;
  await rm(folder, { recursive: true, force: true });
  const write = async (name: string, content: string | Buffer): Promise<void> => {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  };
  await write('empty', '');
  await write('one-byte', 'x');
  await write('notes.txt', 'Drop a file in a bucket; it comes out sealed.\n');
  await write('table.csv', csv());
  await write('records.json', JSON.stringify({ vault: 'local', sealed: true, numbers: [1, 2, 3] }));
  await write('images/gradient.png', png(256, 256));
  await write('images/mark.svg', '<svg xmlns="http://www.w3.org/2000/svg"><circle r="9"/></svg>\n');
  await write('names/with spaces in it.txt', 'spaces\n');
  await write('names/a+b=c.txt', 'plus\n');
  await write('names/100%.txt', 'percent\n');
  await write('names/%41%2B.txt', 'looks encoded\n');
  await write('names/Grüße, 世界, 🔐.txt', 'unicode\n');
  await write('names/quotes\'"&<>!*().txt', 'marks\n');
  await write(longName('deep/', 1000), 'a key of 1,000 bytes\n');
  await copyFile(join(projectFolder, 'LICENSE'), join(folder, 'LICENSE'));
  const python = (...words: string[]): void => {
    execFileSync('python3', ['-m', ...words], { cwd: folder });
  };
  await mkdir(join(folder, 'archives'));
  python('zipfile', '-c', 'archives/some.zip', 'notes.txt', 'images');
  python('tarfile', '-c', 'archives/some.tar.gz', 'notes.txt', 'images');
  await pipeline(Readable.from(noise(largeFileBytes)), createWriteStream(join(folder, 'large-300-MiB.bin')));
  await writeFile(complete, '');
}

function csv(): string {
  const rows = Array.from({ length: 2000 }, (_, row) => `${row},${row * row},row ${row}`);
  return ['number,square,name', ...rows, ''].join('\n');
}

/** A path of exactly `bytes` bytes, in folders, since file systems take 255 for one name. */
function longName(prefix: string, bytes: number): string {
  const isSeparator = (index: number): boolean => index % 240 === 239 && index < bytes - 1;
  const characters = Array.from({ length: bytes }, (_, index) => (isSeparator(index) ? '/' : 'n'));
  return prefix + characters.slice(prefix.length).join('');
}

function png(width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8); // 8 bits, RGB
  const row = (y: number): Buffer =>
    Buffer.concat([
      Buffer.of(0),
      ...Array.from({ length: width }, (_, x) => Buffer.of(x & 255, y & 255, 128)),
    ]);
  const pixels = Buffer.concat(Array.from({ length: height }, (_, y) => row(y)));
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    pngChunk('IHDR', header),
    pngChunk('IDAT', deflateSync(pixels)),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

function pngChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'ascii'), data]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}

/** Bytes that do not compress, the same every time. */
function* noise(lengthBytes: number): Generator<Buffer> {
  const cipher = createCipheriv('aes-256-ctr', Buffer.alloc(32, 7), Buffer.alloc(16));
  const zeros = Buffer.alloc(1024 * 1024);
  for (let written = 0; written < lengthBytes; written += zeros.length) yield cipher.update(zeros);
}
