// The app in a real browser. One host and one browser for all of it: each test's file says what it promises.
import { afterAll, beforeAll } from 'vitest';
import { openScene, type Scene } from './scene.ts';
import { signInTests } from './sign-in.ts';

let scene: Scene;

beforeAll(async () => {
  scene = await openScene();
}, 120_000);
afterAll(() => scene[Symbol.asyncDispose]());

const given = (): Scene => scene;
// In this order: the first one makes the admin that the others sign in as.
signInTests(given);
