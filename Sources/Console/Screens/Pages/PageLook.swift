import DeckCore
import TerminalKit

/// How an owner's pages look. Adapters are upper-case letters, KV cache lower-case ones, cached prefixes a sign; what may
/// happen to them is told by a mark and by the colour, so that mono screens say it too.
struct PageLook {
    let letter: Cell
    /// Nil where there is nothing to say: idle, or free.
    let mark: Cell?

    /// Cached prefixes, in the colour of the adapter whose computation they are.
    static let prefix: Character = "+"

    init(_ owner: PageOwner, letters: LetterBook, glyphs: GlyphSet) {
        func entry(_ name: String) -> LetterBook.Entry { letters[name] }
        switch owner {
        case .free:
            letter = Cell(glyphs.vacant, style: Style(.pageFree))
            mark = nil
        case .sequence(_, let adapter):
            if let adapter {
                let lower = entry(adapter).letter.lowercased().first ?? "?"
                letter = Cell(lower, style: Style(.series(entry(adapter).series)))
            } else {
                letter = Cell(LetterBook.base, style: Style(.pageKV))
            }
            mark = nil
        case .cachedPrefix(let adapter, let isEvictable):
            let style = adapter.map { Style(.series(entry($0).series)) } ?? Style(.pageKV)
            letter = Cell(Self.prefix, style: style)
            mark = isEvictable ? nil : Self.mark(.protected)
        case .adapter(let name, let phase):
            letter = Cell(
                entry(name).letter, style: Style(.series(entry(name).series), bold: phase != .evictable))
            mark = Self.mark(phase)
        }
    }

    static func mark(_ phase: PageOwner.AdapterPhase) -> Cell? {
        switch phase {
        case .evictable: nil
        case .protected: Cell("=", style: Style(.pageProtected))
        case .pinned: Cell("!", style: Style(.pagePinned, bold: true))
        case .loading: Cell("~", style: Style(.pageLoading))
        }
    }

    /// Columns that the legend needs to explain how full a page is; a narrower one leaves that out.
    static let overheadWidth = 46

    /// What the signs mean, as many of them as fit.
    static func legend(width: Int, glyphs: GlyphSet) -> StyledLine {
        let isNarrow = width < 77
        let gap = width < 90 ? " " : "  "
        var line = StyledLine("A", Style(.pageAdapter))
        line.add(" idle" + gap, Style(.muted))
        let phases: [(PageOwner.AdapterPhase, String, String)] = [
            (.protected, "use", "in use"), (.pinned, "pin", "pinned"), (.loading, "load", "loading"),
        ]
        for (phase, short, long) in phases {
            guard let mark = mark(phase), let character = mark.character else { continue }
            line.add((isNarrow ? "" : "A") + String(character), mark.style)
            line.add(" \(isNarrow ? short : long)\(gap)", Style(.muted))
        }
        line.add("a", Style(.pageKV))
        line.add(" KV" + gap, Style(.muted))
        if !isNarrow {
            line.add(String(LetterBook.base), Style(.pageKV))
            line.add(" base KV" + gap, Style(.muted))
        }
        line.add(String(prefix), Style(.pageKV))
        line.add(isNarrow ? " kept" : " prefix", Style(.muted))
        if !isNarrow {
            line.add(gap + String(glyphs.vacant), Style(.pageFree))
            line.add(" free", Style(.muted))
        }
        if width >= overheadWidth {
            line.add(gap + String(glyphs.levels[3]), Style(.pageAdapter))
            line.add(width < 90 ? " part" : " part full", Style(.muted))
        }
        return line
    }
}
