// The app in a real browser. One host and one browser for all of it: each test's file says what it promises.
import { afterAll, beforeAll } from 'vitest';
import { deskTests } from './desk.ts';
import { firstLoadTests } from './first-load.ts';
import { hostileTests } from './hostile.ts';
import { lifecycleTests } from './lifecycle.ts';
import { pageTests } from './pages.ts';
import { openScene, type Scene } from './scene.ts';
import { signInTests } from './sign-in.ts';
import { storyTests } from './story.ts';

let scene: Scene;

beforeAll(async () => {
  scene = await openScene();
}, 120_000);
afterAll(() => scene[Symbol.asyncDispose]());

const given = (): Scene => scene;
// In this order: the first one makes the admin that the others sign in as, the second what there is to see.
signInTests(given);
storyTests(given);
deskTests(given);
pageTests(given);
lifecycleTests(given);
hostileTests(given);
firstLoadTests(given);
