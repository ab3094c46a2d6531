// Widgets on other sites and dashboards in the app, in a real browser. One host and one browser for all of it: each test's file says what it
// promises.
import { afterAll, beforeAll } from 'vitest';
import { dashboardTests } from './dashboards.ts';
import { type MotleyScene, openMotleyScene } from './motley-scene.ts';
import { seriesTests } from './series.ts';
import { widgetTests } from './widget.ts';

let scene: MotleyScene;

beforeAll(async () => {
  scene = await openMotleyScene();
}, 120_000);
afterAll(() => scene[Symbol.asyncDispose]());

const given = (): MotleyScene => scene;
seriesTests();
widgetTests(given);
dashboardTests(given);
