// 7: scrolling: 64 and 700 pixels a frame through the list, driven by requestAnimationFrame. Script and task time of each frame as
// the browser counts them, frames that came late, and rows that were in view without their text.
import { figure, inRounds, ratio } from '../lib/rounds.mjs';

export const metric = { number: 7, name: 'scroll', title: 'Scroll the list' };

export async function run(bench) {
  const stage = await bench.stage();
  for (const throttle of bench.throttles.filter((one) => one !== 'one core')) {
    const browser = await stage.browser(throttle);
    try {
      const { floors } = stage.contenders;
      const open = async (contender, url) => {
        const page = await browser.newPage();
        await page.goto(url ?? contender.url, { waitUntil: 'commit' });
        await page.evaluate((prefix) => window.bench.mark(`${prefix}first-list`), contender.prefix);
        return { page, session: await browser.context.newCDPSession(page) };
      };
      const pages = { vanilla: await open(floors, floors.at('vanilla.html')) };
      for (const name of ['petrel', 'react']) pages[name] = await open(stage.contenders[name]);
      for (const step of [64, 700]) {
        const frames = bench.quick ? 60 : 300;
        const lanes = Object.fromEntries(Object.entries(pages).map(([name, { page, session }]) => [name, () => scrolled(page, session, step, frames)]));
        const { rounds } = await inRounds(lanes, { count: bench.quick ? 2 : 7, log: bench.log });
        const what = (words) => `${step} px a frame: ${words}`;
        for (const name of Object.keys(lanes)) {
          bench.figure({ what: what('script'), unit: 'ms/frame', throttle, contender: name, value: figure(rounds, name, ({ script }) => script) });
          bench.figure({ what: what('all tasks'), unit: 'ms/frame', throttle, contender: name, value: figure(rounds, name, ({ task }) => task) });
          bench.figure({ what: what('late frames'), unit: '%', throttle, contender: name, value: figure(rounds, name, ({ late }) => late) });
          bench.figure({ what: what('rows without text'), unit: '%', throttle, contender: name, value: figure(rounds, name, ({ blank }) => blank) });
        }
        bench.ratio({ what: what('script'), throttle, against: 'vanilla', target: 1.3, value: ratio(rounds, 'petrel', 'vanilla', ({ script }) => script) });
        bench.ratio({ what: what('script'), throttle, against: 'react', target: 0.35, value: ratio(rounds, 'petrel', 'react', ({ script }) => script) });
      }
    } finally {
      await browser.close();
    }
  }
}

async function scrolled(page, session, step, frames) {
  await page.bringToFront();
  await session.send('Performance.enable');
  await page.evaluate(async () => { window.bench.grid().scrollTop = 0; for (let at = 0; at < 5; at += 1) await window.bench.painted(); });
  const before = await durations(session);
  const seen = await page.evaluate(([distance, count]) => new Promise((done) => {
    const grid = window.bench.grid();
    const box = grid.getBoundingClientRect();
    let last = performance.now();
    let late = 0;
    let blank = 0;
    let looked = 0;
    let left = count;
    let direction = 1;
    let moved = 0;
    const frame = () => {
      const now = performance.now();
      if (now - last > 25) late += 1;
      last = now;
      if (left % 10 === 0) {
        for (const row of grid.querySelectorAll('[role=row]')) {
          const { top, bottom } = row.getBoundingClientRect();
          if (row.hidden || bottom <= box.top || top >= box.bottom) continue;
          looked += 1;
          if (!row.querySelector('.subject')?.textContent) blank += 1;
        }
      }
      left -= 1;
      if (left === 0) { done({ late: late / count * 100, blank: looked === 0 ? 100 : blank / looked * 100, moved }); return; }
      const before = grid.scrollTop;
      grid.scrollTop += direction * distance;
      moved += Math.abs(grid.scrollTop - before);
      // A short list is scrolled back and forth.
      if (Math.abs(grid.scrollTop - before) < distance) direction = -direction;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }), [step, frames]);
  const after = await durations(session);
  if (seen.moved < step * frames * 0.8) throw new Error(`the list was scrolled by ${seen.moved} instead of ${step * frames} pixels`);
  return { script: (after.script - before.script) / frames, task: (after.task - before.task) / frames, late: seen.late, blank: seen.blank };
}

async function durations(session) {
  const { metrics } = await session.send('Performance.getMetrics');
  const of = (name) => metrics.find((one) => one.name === name).value * 1_000;
  return { script: of('ScriptDuration'), task: of('TaskDuration') };
}
