// What Vite makes of files that are no TypeScript.
/// <reference types="vite/client" />
