import type { Role } from '@jackfield/host/answers';
import { NavLink, Text } from '@mantine/core';
import IconArchive from '@tabler/icons-react/icons/IconArchive';
import IconBuilding from '@tabler/icons-react/icons/IconBuilding';
import IconHistory from '@tabler/icons-react/icons/IconHistory';
import IconLayoutDashboard from '@tabler/icons-react/icons/IconLayoutDashboard';
import IconListDetails from '@tabler/icons-react/icons/IconListDetails';
import IconPlug from '@tabler/icons-react/icons/IconPlug';
import IconPlugConnected from '@tabler/icons-react/icons/IconPlugConnected';
import IconTool from '@tabler/icons-react/icons/IconTool';
import IconUsers from '@tabler/icons-react/icons/IconUsers';
import { Link, type LinkProps } from '@tanstack/react-router';
import type { ComponentType } from 'react';
import { useMay } from '../api/session.ts';
import classes from './navigation.module.css';

interface Place {
  readonly to: NonNullable<LinkProps['to']>;
  readonly label: string;
  readonly icon: ComponentType<{ readonly size?: number; readonly 'aria-hidden'?: boolean }>;
  /** Who has business there; everybody when it is not said. */
  readonly role?: Role;
}

interface Group {
  readonly label: string;
  readonly places: readonly Place[];
}

const GROUPS: readonly Group[] = [
  { label: 'Overview', places: [{ to: '/dashboards', label: 'Dashboards', icon: IconLayoutDashboard }] },
  {
    label: 'Connections',
    places: [
      { to: '/instances', label: 'Instances', icon: IconPlugConnected },
      { to: '/clients', label: 'Clients', icon: IconBuilding },
      { to: '/plugins', label: 'Plugins', icon: IconPlug },
    ],
  },
  {
    label: 'Operation',
    places: [
      { to: '/repairs', label: 'Repairs', icon: IconTool },
      { to: '/runs', label: 'Runs', icon: IconHistory },
    ],
  },
  {
    label: 'Administration',
    places: [
      { to: '/people', label: 'Users and tokens', icon: IconUsers, role: 'admin' },
      { to: '/audit', label: 'Audit', icon: IconListDetails, role: 'admin' },
      { to: '/legacy', label: 'Legacy', icon: IconArchive, role: 'admin' },
    ],
  },
];

export function Navigation() {
  const isAdmin = useMay('admin');
  const groups = GROUPS.map((group) => ({
    ...group,
    places: group.places.filter(({ role }) => role !== 'admin' || isAdmin),
  })).filter(({ places }) => places.length > 0);
  return (
    <nav aria-label="Pages">
      {groups.map(({ label, places }) => (
        <section key={label} aria-label={label} className={classes['group']}>
          <Text size="xs" fw={600} c="dimmed" mb={4} px="sm">
            {label}
          </Text>
          {places.map((place) => (
            <PlaceLink key={place.to} place={place} />
          ))}
        </section>
      ))}
    </nav>
  );
}

function PlaceLink({ place: { to, label, icon: Icon } }: { readonly place: Place }) {
  return (
    <Link to={to} className={classes['place']}>
      {({ isActive }) => (
        <NavLink component="span" label={label} active={isActive} leftSection={<Icon size={18} aria-hidden />} />
      )}
    </Link>
  );
}
