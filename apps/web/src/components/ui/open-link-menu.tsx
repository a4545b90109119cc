'use client'
import { Menu } from '@base-ui/react/menu'
import Link from 'next/link'
import type { LinkMenuProps } from './link-menu.tsx'

/** The menu itself; opens as soon as it is there. */
export function OpenLinkMenu(props: LinkMenuProps) {
  return (
    <Menu.Root modal={false} defaultOpen>
      <Menu.Trigger className={props.className} aria-label={props.name}>
        {props.children}
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner className="float" sideOffset={4} align="start">
          <Menu.Popup className="pop">
            {props.groups.map((group, index) => (
              <Menu.Group key={group.name ?? index}>
                {group.name ? <Menu.GroupLabel className="grp">{group.name}</Menu.GroupLabel> : null}
                {group.entries.map((entry) => (
                  <Menu.LinkItem
                    key={entry.key}
                    className="item"
                    closeOnClick
                    aria-current={entry.isCurrent ? 'true' : undefined}
                    render={<Link href={entry.href} prefetch={false} scroll={false} />}
                  >
                    <span>{entry.label}</span>
                    {entry.note ? <span className="mut">{entry.note}</span> : null}
                  </Menu.LinkItem>
                ))}
              </Menu.Group>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  )
}
