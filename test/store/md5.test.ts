import { createHash, randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ByteStream, hashOneByOne, hashStreams, pieceBytes } from "../../src/store/md5/index.ts";

interface Asked {
  readonly digests: string[];
  readonly last: Buffer[];
  closed: number;
}

/** Streams of bytes, and what they were told. */
function streamsOf(all: readonly Uint8Array[]): { readonly next: () => ByteStream | null; readonly asked: Asked } {
  const asked: Asked = { digests: [], last: [], closed: 0 };
  let taken = 0;
  const next = (): ByteStream | null => {
    const index = taken++;
    const bytes = all[index];
    if (bytes === undefined) return null;
    let at = 0;
    let piece: Uint8Array = new Uint8Array();
    return {
      read: (into) => {
        piece = into.subarray(0, Math.min(into.length, bytes.length - at));
        piece.set(bytes.subarray(at, at + piece.length));
        at += piece.length;
        return piece.length;
      },
      end: (md5) => {
        asked.digests[index] = md5;
        asked.last[index] = Buffer.from(piece);
      },
      close: () => {
        asked.closed++;
      },
    };
  };
  return { next, asked };
}

function digestsOf(all: readonly Uint8Array[]): readonly string[] {
  const { next, asked } = streamsOf(all);
  hashStreams(next);
  expect(asked.closed).toBe(all.length);
  return asked.digests;
}

const openssl = (bytes: Uint8Array): string => createHash("md5").update(bytes).digest("hex");
const noise = randomBytes(5 * pieceBytes);

describe("hashing several streams at once", () => {
  it("gives the digests of RFC 1321, appendix A.5", () => {
    const messages = {
      "": "d41d8cd98f00b204e9800998ecf8427e",
      a: "0cc175b9c0f1b6a831c399e269772661",
      abc: "900150983cd24fb0d6963f7d28e17f72",
      "message digest": "f96b697d7cb7938d525a2f31aaf161d0",
      abcdefghijklmnopqrstuvwxyz: "c3fcd3d76192e4007dfb496cca67e13b",
      ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789: "d174ab98d277d9f5a5611c2c9f419d9f",
      "12345678901234567890123456789012345678901234567890123456789012345678901234567890":
        "57edf4a22be3c955ac49da2e2107b67a",
    };
    expect(digestsOf(Object.keys(messages).map((text) => Buffer.from(text)))).toEqual(Object.values(messages));
  });

  it("gives OpenSSL's for every length up to three blocks, and about the ends of pieces", () => {
    const lengths = Array.from({ length: 200 }, (_, i) => i);
    for (const pieces of [1, 2, 3]) for (let i = -66; i <= 66; i++) lengths.push(pieces * pieceBytes + i);
    const all = lengths.map((length, i) => noise.subarray(i, i + length));
    expect(digestsOf(all)).toEqual(all.map(openssl));
  });

  it("gives OpenSSL's for any number of streams of any lengths", () =>
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(3 * pieceBytes), fc.nat(pieceBytes)), { maxLength: 30 }),
        fc.boolean(),
        (parts, short) => {
          const all = parts.map(([length, at]) => noise.subarray(at, at + (short ? length % 300 : length)));
          expect(digestsOf(all)).toEqual(all.map(openssl));
        },
      ),
      { numRuns: 60 },
    ));

  it("counts bits beyond 2^32", () => {
    const length = 600 * 1024 * 1024;
    let left = length;
    let digest = "";
    const stream: ByteStream = {
      read: (into) => {
        const read = Math.min(into.length, left);
        left -= read;
        into.fill(7, 0, read);
        return read;
      },
      end: (md5) => {
        digest = md5;
      },
      close: () => {},
    };
    hashStreams(once(stream));
    const hash = createHash("md5");
    const mebibyte = Buffer.alloc(1024 * 1024, 7);
    for (let i = 0; i < length; i += mebibyte.length) hash.update(mebibyte);
    expect(digest).toBe(hash.digest("hex"));
  });

  it("leaves what was read last where it is until the stream has been told", () => {
    const all = [0, 1, 63, 64, 4096, pieceBytes - 1].map((length) => noise.subarray(0, length));
    const { next, asked } = streamsOf(all);
    hashStreams(next);
    expect(asked.last.map((bytes, i) => bytes.equals(all[i] ?? Buffer.alloc(0)))).not.toContain(false);
  });

  it("closes every stream when one fails, and works again", () => {
    const { next, asked } = streamsOf(Array.from({ length: 5 }, () => noise));
    let taken = 0;
    const failing: ByteStream = {
      read: () => {
        throw new RangeError("gone");
      },
      end: () => {},
      close: () => asked.closed++,
    };
    expect(() => hashStreams(() => (taken++ === 3 ? failing : next()))).toThrow("gone");
    expect(asked.closed).toBe(4);
    expect(digestsOf([noise])).toEqual([openssl(noise)]);
  });

  it("is done one by one where a stream hashes another, and where there is no SIMD", () => {
    const inner = streamsOf([noise]);
    const outer = streamsOf([noise.subarray(1)]);
    const nested = outer.next();
    if (nested === null) throw new RangeError("no stream");
    const end = (md5: string): void => {
      hashStreams(inner.next);
      nested.end(md5);
    };
    hashStreams(once({ ...nested, end }));
    expect([...inner.asked.digests, ...outer.asked.digests]).toEqual([openssl(noise), openssl(noise.subarray(1))]);
    const alone = streamsOf([noise, noise.subarray(0, 3)]);
    hashOneByOne(alone.next);
    expect(alone.asked.digests).toEqual([openssl(noise), openssl(noise.subarray(0, 3))]);
  });
});

function once(stream: ByteStream): () => ByteStream | null {
  let rest: ByteStream | null = stream;
  return () => {
    const now = rest;
    rest = null;
    return now;
  };
}
