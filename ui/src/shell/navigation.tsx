import { NavLink, Text } from '@mantine/core';
import IconPlug from '@tabler/icons-react/icons/IconPlug';
import { Link, type LinkProps } from '@tanstack/react-router';
import type { Role } from '@jackfield/host/answers';
import type { ComponentType } from 'react';
import { useMay } from '../api/session.ts';

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
  { label: 'Connections', places: [{ to: '/plugins', label: 'Plugins', icon: IconPlug }] },
];

export function Navigation() {
  return (
    <nav aria-label="Pages">
      {GROUPS.map(({ label, places }) => (
        <section key={label} aria-label={label}>
          <Text size="xs" fw={600} c="dimmed" mt="sm" mb={4} px="sm">
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

function PlaceLink({ place: { to, label, icon: Icon, role = 'user' } }: { readonly place: Place }) {
  if (!useMay(role)) return null;
  return (
    <Link to={to}>
      {({ isActive }) => (
        <NavLink
          component="span"
          label={label}
          active={isActive}
          leftSection={<Icon size={18} aria-hidden />}
          variant="light"
        />
      )}
    </Link>
  );
}
