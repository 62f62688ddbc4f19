import 'uplot/dist/uPlot.min.css';
import './style/theme.css';
import './style/page.css';
import './style/controls.css';
import './style/header.css';
import './style/alerts.css';
import './style/alert-detail.css';
import './style/plant.css';
import './style/panels.css';
import './style/sight.css';
import './style/tag-course.css';
import './style/unknown-tags.css';
import './style/waveforms.css';
import './style/health.css';
import './style/work-orders.css';
import { render } from 'preact';
import { createConsole } from './state/console.ts';
import { parseRoute } from './state/route.ts';
import { App } from './view/app.tsx';
import { ConsoleContext } from './view/console-context.ts';

const root = document.getElementById('console');
if (root === null) throw new Error('index.html has no element #console');

const console = createConsole();

addEventListener('hashchange', () => {
  console.state.route.value = parseRoute(location.hash);
  scrollTo(0, 0);
  requestAnimationFrame(keepFocus);
});
setInterval(() => {
  console.state.nowMs.value = Date.now();
}, 1_000);

/** A link that led to another page is gone with the old one; without this the keyboard would start at the top again. */
function keepFocus(): void {
  if (document.activeElement === document.body) document.getElementById('main')?.focus({ preventScroll: true });
}

render(
  <ConsoleContext.Provider value={console}>
    <App />
  </ConsoleContext.Provider>,
  root,
);
void console.start();
