import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { drawFrame, type FrameToDraw } from './frame-picture.ts';
import { heatColours } from './heat-colours.ts';

const HOT = 3 * 8 + 5;
const celsius = new Float32Array(8 * 6).fill(20);
celsius[HOT] = 60;
const frame: FrameToDraw = {
  ...{ name: 'panel.camera', width: 8, height: 6, celsius },
  regions: [{ name: 'l1', x: 4, y: 2, width: 4, height: 3 }],
  features: new Map(
    Object.entries({ hotspot: 24.4, hotspot_x: 5, hotspot_y: 3, 'l1.max': 24.4, 'l1.mean': 23.3, 'l1.rise': 4.4 }),
  ),
};
const draw = (more: Partial<FrameToDraw> = {}, width = 960) => drawFrame({ ...frame, ...more }, { width });

/** Chunks by type, as a reader of the format finds them. */
function chunksOf(svg: string): Map<string, Buffer> {
  const png = Buffer.from(/data:image\/png;base64,([^"]+)/.exec(svg)![1]!, 'base64');
  const chunks = new Map<string, Buffer>();
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at))
    chunks.set(png.toString('latin1', at + 4, at + 8), png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  return chunks;
}

describe('the picture of a thermal frame', () => {
  it('has every pixel, the coldest in the darkest colour and the hottest in the brightest', async () => {
    const chunks = chunksOf(await draw());
    expect([...chunks.keys()]).toEqual(['IHDR', 'PLTE', 'IDAT', 'IEND']);
    expect([chunks.get('IHDR')!.readUInt32BE(0), chunks.get('IHDR')!.readUInt32BE(4)]).toEqual([8, 6]);
    const rows = inflateSync(chunks.get('IDAT')!);
    const pixels = Array.from({ length: 6 }, (_, y) => [...rows.subarray(y * 9 + 1, y * 9 + 9)]).flat();
    expect(pixels).toEqual(Array.from({ length: 48 }, (_, i) => (i === HOT ? 255 : 0)));
    expect([...chunks.get('PLTE')!.subarray(0, 3)]).toEqual([0x00, 0x00, 0x04]);
    expect([...chunks.get('PLTE')!.subarray(255 * 3)]).toEqual([0xfc, 0xff, 0xa4]);
  });

  it('says what the scale, the hot spot and the regions are', async () => {
    const svg = await draw();
    for (const words of [
      '>20 °C<',
      '>60 °C<',
      '>l1 24.4 °C, ΔT 4.4 K<',
      '>8 × 6 pixels, 20.0 to 60.0 °C; hot spot 24.4 °C at 5, 3 (hottest mean of 3 × 3 pixels)<',
      '>l1: max 24.4 °C, ΔT 4.4 K, mean 23.3 °C<',
    ])
      expect(svg).toContain(words);
    // 520 px high: 86.67 px for each pixel, from 16, 52
    expect(svg).toContain('<rect class="region" x="362.7" y="225.3" width="346.7" height="260.0"/>');
    expect(svg).toContain('<path class="hot" d="M492.7 355.3');
  });

  it('does not make a fire of the noise of a calm frame', async () => {
    const calm = Float32Array.from(celsius, (_, i) => 20 + (i % 2) * 0.1);
    const rows = inflateSync(chunksOf(await draw({ celsius: calm })).get('IDAT')!);
    const numbers = rows.filter((_, i) => i % 9 !== 0);
    expect([Math.min(...numbers), Math.max(...numbers)]).toEqual([121, 134]);
  });

  it('draws a frame that nothing was read from, and says why', async () => {
    const svg = await draw({ features: { reason: 'region l1 ends at 8, 5: was the camera <changed>?' } });
    expect(svg).toContain('was the camera &lt;changed&gt;?');
    expect(svg).not.toContain('class="region"');
    expect(svg).not.toContain('class="hot"');
  });

  it('keeps the words of a small region within a narrow picture', async () => {
    const svg = await draw({ regions: [{ name: 'l1', x: 7, y: 0, width: 1, height: 1 }] }, 280);
    const [, x] = /<text class="on" x="([\d.]+)"/.exec(svg)!;
    expect(Number(x) + 2 * 6.4).toBeLessThanOrEqual(280 - 92 + 0.1);
  });

  it('takes a name for text, whatever stands in it', async () => {
    const svg = await draw({ name: '<script>&"\u0001' });
    expect(svg).toContain('&lt;script&gt;&amp;&quot;\uFFFD');
    for (const never of ['<script', '\u0001']) expect(svg).not.toContain(never);
  });
});

describe('the colours of heat', () => {
  it('become brighter from one to the next', () => {
    const brightness = heatColours(256).map(([red, green, blue]) => 0.2126 * red + 0.7152 * green + 0.0722 * blue);
    expect(brightness.every((value, i) => i === 0 || value > brightness[i - 1]! - 0.5)).toBe(true);
  });
});
