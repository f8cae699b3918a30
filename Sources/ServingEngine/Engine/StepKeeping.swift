import DeckCore
import ModelFiles

/// The bytes of versions: copied when a version is registered, or first loaded, and looked at while somebody watches.
extension StepLoop {
    /// Has a version's files copied; `previous` is the content that it took the place of.
    func keepBytes(of version: AdapterVersion, replacing previous: Digest? = nil) {
        guard let keeper = parts.loader.versions else { return }
        let replaced = previous == version.digest ? nil : previous
        guard versionPlaces.asks(for: version.digest) || replaced != nil else { return }
        let serving = Set(store.active.compactMap { store[$0]?.version.digest })
        // A copy that came with room made for it may have taken others'.
        let looked = replaced == nil ? nil : versions.all
        parts.versionRunner.run { [mailbox = parts.mailbox] in
            var sighting = VersionSighting()
            do throws(AdapterRefusal) {
                try keeper.keep(version, replacing: replaced, serving: serving)
                sighting.asked = (version.digest, nil)
            } catch {
                sighting.asked = (version.digest, error.reason)
            }
            sighting.whole = looked.map { Self.look(at: $0, keeper) }
            mailbox.post(.versionsSeen(sighting))
        }
    }

    /// Looks which copies there are and what stands where earlier versions came from, when the last look is some time ago.
    func lookAtVersions() {
        guard let keeper = parts.loader.versions, versionPlaces.isDue(now: now) else { return }
        let looked = versions.all
        parts.versionRunner.runLater { [mailbox = parts.mailbox] in
            mailbox.post(.versionsSeen(VersionSighting(whole: Self.look(at: looked, keeper))))
        }
    }

    private static func look(
        at versions: [AdapterVersion], _ keeper: any VersionKeeping
    ) -> (kept: Set<Digest>, strangers: [VersionSighting.Place: String]) {
        let kept = keeper.contents()
        var strangers: [VersionSighting.Place: String] = [:]
        for version in versions where !kept.contains(version.digest) {
            strangers[VersionSighting.Place(version)] = keeper.stranger(inPlaceOf: version)
        }
        return (kept, strangers)
    }

    func versionsSeen(_ sighting: VersionSighting) {
        if versionPlaces.take(sighting) { dormant = [:] }
        for name in sighting.asked.map({ store.servedNames($0.digest) }) ?? [] { dormant[name] = nil }
    }

    /// A copy turned out to be something else: it leaves, and what else there is serves.
    func discardCopy(of version: AdapterVersion) {
        guard let keeper = parts.loader.versions else { return }
        versionPlaces.forget(version.digest)
        parts.versionRunner.run { keeper.discard(version.digest) }
    }
}
