import type { Answers } from '../answers.ts';
import { SIGN_IN_TEXTS } from './sign-ins.ts';

export function readme({ displayName, packageName, baseUrl, signIn }: Answers): string {
  const { told } = SIGN_IN_TEXTS[signIn];
  return `# ${displayName} for Jackfield

Shows the open items of ${displayName}, as a query (\`open_items\`) and as a widget. It reads, and changes nothing.

## Connect it

- \`baseUrl\`: where ${displayName} answers, such as \`${baseUrl}\`.
${told.map((line) => `- ${line}\n`).join('')}
## Work on it

\`\`\`sh
npm install
npm run dev         # a host with this plugin, and a simulator of the vendor; every save is live at once
npm test            # in the same sandbox that runs it on a host
npm run types
npm run validate    # what a host, or a reviewer, would refuse
npm run conformance # its grade, which pack takes along
npx jackfield-plugin pack
\`\`\`

\`jackfield plugin add ./${packageName.replace(/^@/, '').replaceAll('/', '-')}-0.1.0.tgz\` installs what \`pack\` has made on a host that is up.
`;
}
