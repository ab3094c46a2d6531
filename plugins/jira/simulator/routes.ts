import { htmlPage, refusal, type Answer, type Call } from './answer.ts';
import { listBoards, listSprints } from './boards.ts';
import { unauthorized } from './faults.ts';
import { createIssue } from './issue-create.ts';
import { bulkFetch, getIssue } from './issues.ts';
import { listProjects, searchProjects } from './project-list.ts';
import { representPerson } from './person.ts';
import { listFields } from './field-list.ts';
import { countCloud, searchCloud, searchRemoved } from './search-cloud.ts';
import { searchDataCenter } from './search-data-center.ts';
import { listSlas } from './service-desk.ts';
import { listPersonalTokens } from './personal-tokens.ts';
import type { Site } from './site.ts';
import { changedWorklogs, deletedWorklogs, issueWorklogs, listWorklogs } from './worklogs.ts';

interface Route {
  readonly methods: readonly string[];
  readonly path: RegExp;
  readonly on: readonly Site['deployment'][];
  /** Answered to callers without credentials too. */
  readonly open?: true;
  readonly handle: (site: Site, call: Call) => Answer;
}

const BOTH = ['cloud', 'dc'] as const;

const ROUTES: readonly Route[] = [
  { methods: ['GET'], path: /^\/rest\/api\/2\/serverInfo$/, on: BOTH, open: true, handle: serverInfo },
  { methods: ['GET'], path: /^\/rest\/api\/3\/serverInfo$/, on: ['cloud'], open: true, handle: serverInfo },
  { methods: ['GET'], path: /^\/rest\/api\/2\/myself$/, on: BOTH, handle: myself },
  { methods: ['GET'], path: /^\/rest\/api\/3\/myself$/, on: ['cloud'], handle: myself },
  { methods: ['GET'], path: /^\/rest\/pat\/latest\/tokens$/, on: ['dc'], handle: listPersonalTokens },
  { methods: ['GET', 'POST'], path: /^\/rest\/api\/3\/search\/jql$/, on: ['cloud'], handle: searchCloud },
  { methods: ['POST'], path: /^\/rest\/api\/3\/search\/approximate-count$/, on: ['cloud'], handle: countCloud },
  { methods: ['GET', 'POST'], path: /^\/rest\/api\/[23]\/search$/, on: ['cloud'], handle: searchRemoved },
  { methods: ['GET', 'POST'], path: /^\/rest\/api\/2\/search$/, on: ['dc'], handle: searchDataCenter },
  { methods: ['GET'], path: /^\/rest\/api\/3\/project\/search$/, on: ['cloud'], handle: searchProjects },
  { methods: ['GET'], path: /^\/rest\/api\/2\/project$/, on: ['dc'], handle: listProjects },
  { methods: ['POST'], path: /^\/rest\/api\/3\/issue\/bulkfetch$/, on: ['cloud'], handle: bulkFetch },
  { methods: ['POST'], path: /^\/rest\/api\/3\/issue$/, on: ['cloud'], handle: createIssue },
  { methods: ['POST'], path: /^\/rest\/api\/2\/issue$/, on: BOTH, handle: createIssue },
  { methods: ['GET'], path: /^\/rest\/api\/3\/issue\/[^/]+$/, on: ['cloud'], handle: getIssue },
  { methods: ['GET'], path: /^\/rest\/api\/2\/issue\/[^/]+$/, on: BOTH, handle: getIssue },
  { methods: ['GET'], path: /^\/rest\/api\/3\/issue\/[^/]+\/worklog$/, on: ['cloud'], handle: issueWorklogs },
  { methods: ['GET'], path: /^\/rest\/api\/2\/issue\/[^/]+\/worklog$/, on: BOTH, handle: issueWorklogs },
  { methods: ['GET'], path: /^\/rest\/api\/3\/worklog\/updated$/, on: ['cloud'], handle: changedWorklogs },
  { methods: ['GET'], path: /^\/rest\/api\/2\/worklog\/updated$/, on: BOTH, handle: changedWorklogs },
  { methods: ['GET'], path: /^\/rest\/api\/3\/worklog\/deleted$/, on: ['cloud'], handle: deletedWorklogs },
  { methods: ['GET'], path: /^\/rest\/api\/2\/worklog\/deleted$/, on: BOTH, handle: deletedWorklogs },
  { methods: ['POST'], path: /^\/rest\/api\/3\/worklog\/list$/, on: ['cloud'], handle: listWorklogs },
  { methods: ['POST'], path: /^\/rest\/api\/2\/worklog\/list$/, on: BOTH, handle: listWorklogs },
  { methods: ['GET'], path: /^\/rest\/agile\/1\.0\/board$/, on: BOTH, handle: listBoards },
  { methods: ['GET'], path: /^\/rest\/agile\/1\.0\/board\/\d+\/sprint$/, on: BOTH, handle: listSprints },
  { methods: ['GET'], path: /^\/rest\/api\/3\/field$/, on: ['cloud'], handle: listFields },
  { methods: ['GET'], path: /^\/rest\/api\/2\/field$/, on: BOTH, handle: listFields },
  { methods: ['GET'], path: /^\/rest\/servicedeskapi\/request\/[^/]+\/sla$/, on: BOTH, handle: listSlas },
];

/** What the site answers to a call; `signedIn` is null when it came without credentials. */
export function answerCall(site: Site, call: Call, signedIn: boolean | null, refuse: () => Answer): Answer {
  const routes = ROUTES.filter(({ path, on }) => on.includes(site.deployment) && path.test(call.path));
  const route = routes.find(({ methods }) => methods.includes(call.method));
  if (signedIn === false || (signedIn === null && route?.open !== true)) return refuse();
  if (route) return route.handle(site, call);
  return routes.length > 0 ? refusal(405, 'Method Not Allowed') : htmlPage(404, 'Oops, you have found a dead link.');
}

function serverInfo(site: Site): Answer {
  const cloud = site.deployment === 'cloud';
  return {
    status: 200,
    json: {
      baseUrl: site.url,
      version: cloud ? '1001.0.0-SNAPSHOT' : '10.3.2',
      versionNumbers: cloud ? [1001, 0, 0] : [10, 3, 2],
      deploymentType: cloud ? 'Cloud' : 'Server',
      buildNumber: 100_204,
      serverTitle: 'Simulated Jira',
    },
  };
}

function myself(site: Site): Answer {
  // The one thing that nobody can be without credentials.
  if (site.faults.has('anonymous')) return unauthorized();
  const account = { id: 'service-account', displayName: 'Dashboard Reader' };
  return { status: 200, json: { ...representPerson(account, site), locale: 'en_US' } };
}
