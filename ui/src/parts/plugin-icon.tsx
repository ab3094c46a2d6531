import classes from './plugin-icon.module.css';

/** The plugin's icon: an image, in which nothing of what a plugin brings runs; without one its first letter. */
export function PluginIcon({ icon, name }: { readonly icon?: string | undefined; readonly name: string }) {
  if (icon !== undefined) return <img src={icon} alt="" className={classes['icon']} />;
  return (
    <span className={classes['icon']} aria-hidden>
      {name.slice(0, 1).toUpperCase()}
    </span>
  );
}
