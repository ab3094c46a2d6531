import { htmlPage, refusal, type Answer, type Call } from './answer.ts';
import { representPerson } from './representation.ts';
import { countCloud, searchCloud, searchRemoved } from './search-cloud.ts';
import { searchDataCenter } from './search-data-center.ts';
import { listSlas } from './service-desk.ts';
import type { Site } from './site.ts';
import { PROJECTS } from './world.ts';

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
  { methods: ['GET', 'POST'], path: /^\/rest\/api\/3\/search\/jql$/, on: ['cloud'], handle: searchCloud },
  { methods: ['POST'], path: /^\/rest\/api\/3\/search\/approximate-count$/, on: ['cloud'], handle: countCloud },
  { methods: ['GET', 'POST'], path: /^\/rest\/api\/[23]\/search$/, on: ['cloud'], handle: searchRemoved },
  { methods: ['GET', 'POST'], path: /^\/rest\/api\/2\/search$/, on: ['dc'], handle: searchDataCenter },
  { methods: ['GET'], path: /^\/rest\/api\/3\/project\/search$/, on: ['cloud'], handle: projectSearch },
  { methods: ['GET'], path: /^\/rest\/api\/2\/project$/, on: ['dc'], handle: projectList },
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
  const account = { id: 'service-account', displayName: 'Dashboard Reader' };
  return { status: 200, json: { ...representPerson(account, site), locale: 'en_US' } };
}

function projectsOf(site: Site): { readonly key: string; readonly projectTypeKey: string }[] {
  return PROJECTS.map(({ id, key, name, type }) => ({
    self: `${site.url}/rest/api/2/project/${id}`,
    id,
    key,
    name,
    projectTypeKey: site.faults.has('no-jsm') ? 'software' : type,
  }));
}

function projectSearch(site: Site, { query }: Call): Answer {
  const type = query.get('typeKey');
  const found = projectsOf(site).filter(({ projectTypeKey }) => type === null || projectTypeKey === type);
  const startAt = Number(query.get('startAt') ?? 0);
  const maxResults = Math.min(Number(query.get('maxResults') ?? 50), 100);
  const values = found.slice(startAt, startAt + maxResults);
  const isLast = startAt + maxResults >= found.length;
  return { status: 200, json: { maxResults, startAt, total: found.length, isLast, values } };
}

function projectList(site: Site): Answer {
  return { status: 200, json: projectsOf(site) };
}
