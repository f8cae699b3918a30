import TerminalKit

/// What terminals send, as their descriptions and xterm's document of control sequences list it.
enum KnownSequences {
    /// The keys of ncurses' descriptions (6.4), as `infocmp -1 -x` prints them.
    private static let descriptions = [
        // xterm-256color
        #"""
        kDC=\E[3;2~ kEND=\E[1;2F kHOM=\E[1;2H kIC=\E[2;2~ kLFT=\E[1;2D kNXT=\E[6;2~ kPRV=\E[5;2~ kRIT=\E[1;2C
        ka1=\EOw ka3=\EOy kb2=\EOu kbeg=\EOE kc1=\EOq kc3=\EOs kcbt=\E[Z kcub1=\EOD kcud1=\EOB kcuf1=\EOC kcuu1=\EOA
        kdch1=\E[3~ kend=\EOF kent=\EOM kf1=\EOP kf10=\E[21~ kf11=\E[23~ kf12=\E[24~ kf13=\E[1;2P kf14=\E[1;2Q
        kf15=\E[1;2R kf16=\E[1;2S kf17=\E[15;2~ kf18=\E[17;2~ kf19=\E[18;2~ kf2=\EOQ kf20=\E[19;2~ kf21=\E[20;2~
        kf22=\E[21;2~ kf23=\E[23;2~ kf24=\E[24;2~ kf25=\E[1;5P kf26=\E[1;5Q kf27=\E[1;5R kf28=\E[1;5S kf29=\E[15;5~
        kf3=\EOR kf30=\E[17;5~ kf31=\E[18;5~ kf32=\E[19;5~ kf33=\E[20;5~ kf34=\E[21;5~ kf35=\E[23;5~ kf36=\E[24;5~
        kf37=\E[1;6P kf38=\E[1;6Q kf39=\E[1;6R kf4=\EOS kf40=\E[1;6S kf41=\E[15;6~ kf42=\E[17;6~ kf43=\E[18;6~
        kf44=\E[19;6~ kf45=\E[20;6~ kf46=\E[21;6~ kf47=\E[23;6~ kf48=\E[24;6~ kf49=\E[1;3P kf5=\E[15~ kf50=\E[1;3Q
        kf51=\E[1;3R kf52=\E[1;3S kf53=\E[15;3~ kf54=\E[17;3~ kf55=\E[18;3~ kf56=\E[19;3~ kf57=\E[20;3~ kf58=\E[21;3~
        kf59=\E[23;3~ kf6=\E[17~ kf60=\E[24;3~ kf61=\E[1;4P kf62=\E[1;4Q kf63=\E[1;4R kf7=\E[18~ kf8=\E[19~
        kf9=\E[20~ khome=\EOH kich1=\E[2~ kind=\E[1;2B knp=\E[6~ kpp=\E[5~ kri=\E[1;2A kDC3=\E[3;3~ kDC4=\E[3;4~
        kDC5=\E[3;5~ kDC6=\E[3;6~ kDC7=\E[3;7~ kDN=\E[1;2B kDN3=\E[1;3B kDN4=\E[1;4B kDN5=\E[1;5B kDN6=\E[1;6B
        kDN7=\E[1;7B kEND3=\E[1;3F kEND4=\E[1;4F kEND5=\E[1;5F kEND6=\E[1;6F kEND7=\E[1;7F kHOM3=\E[1;3H
        kHOM4=\E[1;4H kHOM5=\E[1;5H kHOM6=\E[1;6H kHOM7=\E[1;7H kIC3=\E[2;3~ kIC4=\E[2;4~ kIC5=\E[2;5~ kIC6=\E[2;6~
        kIC7=\E[2;7~ kLFT3=\E[1;3D kLFT4=\E[1;4D kLFT5=\E[1;5D kLFT6=\E[1;6D kLFT7=\E[1;7D kNXT3=\E[6;3~
        kNXT4=\E[6;4~ kNXT5=\E[6;5~ kNXT6=\E[6;6~ kNXT7=\E[6;7~ kPRV3=\E[5;3~ kPRV4=\E[5;4~ kPRV5=\E[5;5~
        kPRV6=\E[5;6~ kPRV7=\E[5;7~ kRIT3=\E[1;3C kRIT4=\E[1;4C kRIT5=\E[1;5C kRIT6=\E[1;6C kRIT7=\E[1;7C kUP=\E[1;2A
        kUP3=\E[1;3A kUP4=\E[1;4A kUP5=\E[1;5A kUP6=\E[1;6A kUP7=\E[1;7A ka2=\EOx kb1=\EOt kb3=\EOv kc2=\EOr kp5=\EOE
        kpADD=\EOk kpCMA=\EOl kpDIV=\EOo kpDOT=\EOn kpMUL=\EOj kpSUB=\EOm kpZRO=\EOp
        """#,
        // tmux-256color, where it differs
        #"""
        kend=\E[4~ khome=\E[1~
        """#,
        // linux, where it differs
        #"""
        kb2=\E[G kcbt=\E^I kcub1=\E[D kcud1=\E[B kcuf1=\E[C kcuu1=\E[A kf1=\E[[A kf13=\E[25~ kf14=\E[26~ kf15=\E[28~
        kf16=\E[29~ kf17=\E[31~ kf18=\E[32~ kf19=\E[33~ kf2=\E[[B kf20=\E[34~ kf3=\E[[C kf4=\E[[D kf5=\E[[E
        kcbt2=\E[Z
        """#,
        // rxvt, where it differs
        #"""
        kDC=\E[3$ kEND=\E[8$ kHOM=\E[7$ kLFT=\E[d kNXT=\E[6$ kPRV=\E[5$ kRIT=\E[c kel=\E[8\^ kend=\E[8~ kf1=\E[11~
        kf2=\E[12~ kf21=\E[23$ kf22=\E[24$ kf23=\E[11\^ kf24=\E[12\^ kf25=\E[13\^ kf26=\E[14\^ kf27=\E[15\^
        kf28=\E[17\^ kf29=\E[18\^ kf3=\E[13~ kf30=\E[19\^ kf31=\E[20\^ kf32=\E[21\^ kf33=\E[23\^ kf34=\E[24\^
        kf35=\E[25\^ kf36=\E[26\^ kf37=\E[28\^ kf38=\E[29\^ kf39=\E[31\^ kf4=\E[14~ kf40=\E[32\^ kf41=\E[33\^
        kf42=\E[34\^ kf43=\E[23@ kf44=\E[24@ kfnd=\E[1~ khome=\E[7~ kslt=\E[4~ kDN=\E[b kDN5=\EOb kDN6=\EOB
        kLFT5=\EOd kLFT6=\EOD kRIT5=\EOc kRIT6=\EOC kUP=\E[a kUP5=\EOa kUP6=\EOA
        """#,
        // putty, where it differs
        #"""
        ka1=\EOq ka3=\EOs kb2=\EOr kc1=\EOp kc3=\EOn kf0=\EOy kind=\E[B kri=\E[A kp1=\EOq kp2=\EOr kp3=\EOs kp4=\EOt
        kp5=\EOu kp6=\EOv kp7=\EOw kp8=\EOx kp9=\EOy kpADD=\EOl kpDIV=\EOQ kpMUL=\EOR kpNUM=\EOP kpSUB=\EOS
        """#,
        // screen, where it differs
        #"""

        """#,
    ]

    struct Capability: Sendable, CustomStringConvertible {
        let name: String
        let bytes: [UInt8]

        var description: String { name + " " + String(decoding: bytes.dropFirst(), as: UTF8.self) }
    }

    static let keys: [Capability] = descriptions.flatMap { text in
        text.split { $0 == " " || $0 == "\n" }.map { entry in
            let parts = entry.split(separator: "=", maxSplits: 1)
            let sequence = parts[1].replacing(#"\E"#, with: "\u{1B}").replacing(#"\^"#, with: "\u{1}")
                .replacing("^I", with: "\t").replacing("\u{1}", with: "^")
            return Capability(name: String(parts[0]), bytes: Array(sequence.utf8))
        }
    }

    /// What a capability's name says, whatever is held beside the key; nil where the key means nothing here.
    static func key(named name: String) -> Key? {
        if let number = name.hasPrefix("kf") ? Int(name.dropFirst(2)) : nil {
            return (1...12).contains(number) ? .function(number) : nil
        }
        return named[name] ?? named[String(name.prefix { !$0.isNumber })]
    }

    private static let named: [String: Key] = [
        "kcuu1": .up, "kri": .up, "kUP": .up, "kcud1": .down, "kind": .down, "kDN": .down, "kcub1": .left,
        "kLFT": .left, "kcuf1": .right, "kRIT": .right, "khome": .home, "kHOM": .home, "kfnd": .home, "kend": .end,
        "kEND": .end, "kslt": .end, "kel": .end, "kpp": .pageUp, "kPRV": .pageUp, "knp": .pageDown, "kNXT": .pageDown,
        "kich1": .insert, "kIC": .insert, "kdch1": .delete, "kDC": .delete, "kcbt": .backTab, "kent": .enter,
    ]

    private static let st = "\u{1B}\\"

    /// What a terminal answers to questions, and what it reports by itself: nothing of it is a key.
    static let answers: [String] =
        [
            // Device attributes: primary, secondary, tertiary.
            "[?1;2c", "[?61;4;6;7;22;28c", "[?62;22c", "[?6c", "[>0;10;1c", "[>41;390;0c", "[>84;0;0c", "[=1;0c",
            // Status and places: DSR, CPR, DECXCPR, printer, keyboard, locator, macro space, colour scheme.
            "[0n", "[3n", "[24;80R", "[1;1R", "[?24;80;1R", "[?13n", "[?27;1;0;0n", "[?50n", "[?53n", "[?997;1n",
            // Modes: DECRPM, XTQMODKEYS, kitty's keyboard flags.
            "[?2026;2$y", "[?2004;1$y", "[4;2$y", "[>4;2m", "[>1;2f", "[?1u", "[?31u",
            // Windows: state, place, sizes in pixels, cells and for resizing.
            "[1t", "[2t", "[3;10;20t", "[4;600;800t", "[6;16;8t", "[8;24;80t", "[9;50;200t", "[48;24;80;600;800t",
            // Terminal parameters, graphics attributes, the locator, focus.
            "[2;1;1;112;112;1;0x", "[?1;0;256S", "[?2;0;800;600S", "[1;2;3;4;0&w", "[I", "[O",
            // Mouse tracking with highlighting.
            "[t!!", "[T!!!!!!",
        ]
        + [
            // Colours, fonts, titles, clipboard, cell size.
            "]4;1;rgb:cdcd/0000/0000", "]10;rgb:ffff/ffff/ffff", "]11;rgb:1e1e/1e1e/2e2e", "]12;rgb:0000/ffff/0000",
            "]17;rgb:4040/4040/4040", "]19;rgb:0000/0000/0000", "]5;0;rgb:ffff/ffff/ffff",
            "]21;foreground=rgb:ff/ff/ff",
            "]50;fixed", "]52;c;ZQ==", "]52;p;aGV5IGV2ZXJ5Ym9keQ==", "]lquit: eQ", "]LeyeX",
            "]1337;ReportCellSize=16;8",
            "]99;i=1:p=?;", "]5522;type=read:status=OK", "]633;P", "]8;;",
        ].flatMap { [$0 + st, $0 + "\u{7}"] }
        + [
            // DA3, XTVERSION, DECRQSS, XTGETTCAP, checksums, cursor and tab information, kitty's graphics, sixel.
            "P!|00000000", "P!|7E565445", "P>|XTerm(390)", "P>|tmux 3.3a", "P>|kitty(0.31.0)", "P1$r0m", "P1$r1;24r",
            "P0$r", "P1+r544e=787465726D", "P1+r436F=323536", "P0+r", "P1!~ABCD", "P1$u1;1;1;@;@;@;0;2;@;BB%5%5",
            "P2$u9/17/25", "P0;0;0q#0;2;0;0;0", "_Gi=1;OK", "_Gi=31;ENOENT:no such file", "_e", "^private: eXq",
            "Xsos: eXq",
        ].map { $0 + st }
}
