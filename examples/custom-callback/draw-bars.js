import { crc32, deflateSync } from "node:zlib";

const barWidth = 16;
const height = 100;

/** A PNG file of bars, black on white: one for each count, the highest as high as the picture. */
export function drawBars(counts) {
  const width = counts.length * barWidth;
  const highest = Math.max(1, ...counts);
  const rows = Array.from({ length: height }, (_, y) => {
    // Each row begins with the number of its filter: none.
    const row = Buffer.alloc(1 + width, 255);
    row[0] = 0;
    for (const [index, count] of counts.entries()) {
      const start = 1 + index * barWidth;
      if (height - y <= (count / highest) * height) row.fill(0, start, start + barWidth - 2);
    }
    return row;
  });
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // Eight bits of grey for a pixel.
  header[8] = 8;
  const signature = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");
  const chunks = [
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(Buffer.concat(rows))),
    chunk("IEND", Buffer.alloc(0)),
  ];
  return Buffer.concat([signature, ...chunks]);
}

/** A chunk of a PNG: its length, type, bytes and checksum. */
function chunk(type, bytes) {
  const body = Buffer.concat([Buffer.from(type, "latin1"), bytes]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(bytes.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}
